//! Every operator and built-in function against plain Rust.

use super::support::*;

#[test]
fn copies() {
    assert_eq!(
        evaluate("dst[gid.x] = v.yxwz;", &[[1, 2, 3, 4], [5, 6, 7, 8]]),
        [[2, 1, 4, 3], [6, 5, 8, 7]]
    );
}

#[test]
fn loops_burn_fuel() {
    let source = kernel("var s = 0u; for (var i = 0u; i < v.x; i++) { s += i * v.y; } dst[gid.x] = vec4(s);");
    let program = program(&bundle(&source, 2, 32, 32)).unwrap();
    let (out, fuel) = run(&program, &bytes(&[10, 3, 0, 0, 100, 1, 0, 0])).unwrap();
    assert_eq!(words(&out), [135, 135, 135, 135, 4950, 4950, 4950, 4950]);
    assert_eq!(fuel, 101);
}
