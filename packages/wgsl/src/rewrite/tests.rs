//! What the rewritten module no longer leaves to a driver.

use naga::{BinaryOperator as B, Expression, Function, Literal, MathFunction, Module, Statement};

use crate::generate::generate;
use crate::policy::statements;
use crate::{admit, Limits, Program};

fn program(body: &str) -> Program {
    let source = format!(
        "@group(0) @binding(0) var<storage, read> src: array<vec4<i32>>;
         @group(0) @binding(1) var<storage, read_write> dst: array<vec4<i32>>;
         @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) gid: vec3<u32>) {{
             let v = src[gid.x]; {body}
         }}"
    );
    let bundle = serde_json::json!({
        "source": source,
        "buffers": [{"name": "in", "bytes": 64, "init": "input"}, {"name": "out", "bytes": 64, "init": "zero"}],
        "passes": [{"entry": "main", "workgroups": 1, "bind": {"src": "in", "dst": "out"}}],
        "output": "out",
    });
    admit(bundle.to_string().as_bytes(), 77, &Limits::default()).unwrap_or_else(|e| panic!("{body}: {e}"))
}

fn functions(module: &Module) -> impl Iterator<Item = &Function> {
    let entries = module.entry_points.iter().map(|entry| &entry.function);
    module.functions.iter().map(|(_, function)| function).chain(entries)
}

/// An operand that the rewriting made safe: chosen by `select`, masked by `&`, or a literal that is harmless.
fn is_safe(function: &Function, op: B, operand: naga::Handle<Expression>) -> bool {
    match function.expressions[operand] {
        Expression::Select { .. } => matches!(op, B::Divide | B::Modulo),
        Expression::Binary { op: B::And, .. } => matches!(op, B::ShiftLeft | B::ShiftRight),
        Expression::Literal(Literal::U32(value)) => match op {
            B::Divide | B::Modulo => value != 0,
            _ => value < 32,
        },
        Expression::Literal(Literal::I32(value)) => value != 0 && value != -1,
        Expression::Splat { value, .. } => is_safe(function, op, value),
        _ => false,
    }
}

fn check(module: &Module) {
    for function in functions(module) {
        for (_, expression) in function.expressions.iter() {
            match *expression {
                Expression::Binary { op, right, .. }
                    if matches!(op, B::Divide | B::Modulo | B::ShiftLeft | B::ShiftRight) =>
                {
                    assert!(
                        is_safe(function, op, right),
                        "{op:?} by {:?}",
                        function.expressions[right]
                    );
                }
                Expression::Access { index, .. } => {
                    let chosen = matches!(function.expressions[index], Expression::Select { .. });
                    assert!(chosen, "index {:?}", function.expressions[index]);
                }
                Expression::Math { fun, .. } => assert_ne!(fun, MathFunction::Clamp),
                Expression::AtomicResult { .. } => panic!("an atomic gives a value"),
                _ => {}
            }
        }
        let walked: Result<(), ()> = statements(&function.body, &mut |statement, _| {
            if let Statement::Loop { body, .. } = statement {
                let leaves = |s: &Statement| match s {
                    Statement::If { accept, .. } => matches!(accept.last(), Some(Statement::Break)),
                    _ => false,
                };
                assert!(body.iter().take(2).any(leaves), "a loop burns no fuel: {body:?}");
            }
            Ok(())
        });
        assert_eq!(walked, Ok(()));
    }
}

#[test]
fn nothing_is_left_to_drivers() {
    for body in [
        "dst[gid.x] = v / v.yzwx + v % v.yzwx;",
        "dst[gid.x] = (v << vec4<u32>(v)) + (v >> vec4<u32>(v.wzyx)) + v / 3 + v % vec4(-1);",
        "dst[gid.x] = clamp(v, v.yzwx, v.wzyx) + src[u32(v.x) / u32(v.y) % 4u];",
        "var a: array<i32, 4>; for (var i = 0; i < v.x; i++) { loop { if a[i] == 3 { break; } a[v[i]] += 1; } } dst[gid.x].x = a[0];",
    ] {
        check(program(body).module());
    }
    for seed in 0..40 {
        check(generate(seed).program.module());
    }
}

#[test]
fn the_fuel_of_the_job_is_the_fuel_of_an_invocation() {
    let program = program("loop {} dst[gid.x] = v;");
    let module = program.module();
    let fuel = module
        .global_variables
        .iter()
        .find(|(_, v)| v.name.as_deref() == Some("joule_fuel"))
        .unwrap()
        .1;
    let init = &module.global_expressions[fuel.init.unwrap()];
    assert!(matches!(init, Expression::Literal(Literal::U32(77))), "{init:?}");
    assert_eq!(program.fuel_per_step(), 77);
}

#[test]
fn the_status_is_outside_of_the_bindings_of_the_bundle() {
    let program = program("dst[gid.x] = v;");
    let (group, binding) = program.status_binding();
    let at = |v: &naga::GlobalVariable| {
        v.binding
            .as_ref()
            .is_some_and(|b| (b.group, b.binding) == (group, binding))
    };
    let found: Vec<_> = program
        .module()
        .global_variables
        .iter()
        .filter(|(_, v)| at(v))
        .collect();
    assert_eq!(found.len(), 1);
    assert!(group > 0);
}
