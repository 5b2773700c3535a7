//! Reads without a copy: values stay what they were when they were read.

use crate::{admit, Limits, Machine};

fn result(body: &str) -> [u32; 4] {
    let source = format!(
        "@group(0) @binding(0) var<storage, read_write> dst: array<vec4<u32>>;
         struct Pair {{ a: vec2<u32>, b: vec2<u32> }}
         var<private> kept = 5u;
         fn change() -> u32 {{ kept += 1u; return kept; }}
         @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) gid: vec3<u32>) {{
             var x = 1u; var y = 2u; var v = vec4(1u, 2u, 3u, 4u); var p = Pair(vec2(1u, 2u), vec2(3u, 4u));
             var r = vec4(0u);
             {body}
             dst[gid.x] = r;
         }}"
    );
    let bundle = serde_json::json!({
        "source": source,
        "buffers": [{"name": "out", "bytes": 16, "init": "zero"}],
        "passes": [{"entry": "main", "workgroups": 1, "bind": {"dst": "out"}}],
        "output": "out",
    });
    let program =
        admit(bundle.to_string().as_bytes(), 100, &Limits::default()).unwrap_or_else(|e| panic!("{body}: {e}"));
    let mut machine = Machine::new(&program, &[]).unwrap();
    machine.step(0).unwrap();
    let words = machine
        .output()
        .chunks(4)
        .map(|c| u32::from_le_bytes(c.try_into().unwrap()));
    words.collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn a_value_outlives_a_write_to_its_variable() {
    for (body, want) in [
        ("let a = x; x = 7u; r.x = a * 10u + x;", 17),
        ("let a = x; let b = a; x = y; y = b; r.x = x * 10u + y;", 21),
        ("let a = v.y; v.y = 9u; v = v.yyyy; r.x = a * 10u + v.w;", 29),
        ("let a = v; let b = a.z; v.z = 8u; r.x = b * 10u + v.z;", 38),
        (
            "let a = p.b; p.b = p.a; p.a = a; r.x = p.a.x * 1000u + p.a.y * 100u + p.b.x * 10u + p.b.y;",
            3412,
        ),
        ("let a = bitcast<i32>(x); x = 9u; r.x = u32(a) * 10u + x;", 19),
        (
            "v = v.wzyx; v = vec4(v.y, v.x, v.w, v.z); r.x = v.x * 1000u + v.y * 100u + v.z * 10u + v.w;",
            3412,
        ),
        (
            "let a = kept; let b = change() + a; r.x = b * 100u + kept * 10u + a;",
            1165,
        ),
        ("r.x = kept * 100u + change() * 10u + kept;", 566),
        ("let a = v[y]; y = 0u; r.x = a * 10u + v[y];", 31),
        (
            "var a = array(1u, 2u, 3u); let q = &a[y]; y = 0u; *q = 50u; r.x = a[2] + a[0];",
            51,
        ),
        (
            "for (var i = 0u; i < 3u; i++) { let a = x; x = y; y = a + y; } r.x = x * 10u + y;",
            58,
        ),
        ("if x == 1u { let a = x; x = 5u; if a == 1u { x += a; } } r.x = x;", 6),
        (
            "let a = x == 1u; x = 0u; r.x = select(3u, 4u, all(vec2(a))) + select(10u, 20u, any(a));",
            24,
        ),
        ("x = x + x; x = x * x + x; y = y - x; r.x = x * 10u - y;", 64),
    ] {
        assert_eq!(result(body)[0], want, "{body}");
    }
}
