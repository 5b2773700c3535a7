//! Bundles that mean harm. Each gives its code, in time, and harms nothing; `expect.txt` names the code.
//!
//! A `.wgsl` file is the source of a bundle with 16 words of zeros as `src` and 16 words as `dst`; other files are
//! bundles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{mpsc, Arc};
use std::time::Duration;

use joule_wgsl::{Machine, Program};

use super::support::{bundle, program};

/// For one bundle, unoptimised and on a busy host.
const DEADLINE: Duration = Duration::from_secs(60);
/// What a run may take before it is interrupted.
const RUN: Duration = Duration::from_millis(500);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/hostile")
}

fn expected() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder().join("expect.txt")).unwrap();
    let pair = |line: &str| {
        line.split_once(' ')
            .map(|(name, code)| (name.into(), code.into()))
            .unwrap()
    };
    text.lines().map(pair).collect()
}

fn read(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(folder().join(name)).unwrap();
    match name.ends_with(".wgsl") {
        true => bundle(std::str::from_utf8(&bytes).unwrap(), 1, 64, 64),
        false => bytes,
    }
}

fn code_of(bytes: &[u8], flag: Arc<AtomicBool>) -> String {
    let run = |program: Program| {
        let mut machine = Machine::new(&program, &[])?;
        machine.interrupt_by(flag);
        (0..program.steps()).try_for_each(|step| machine.step(step).map(|_| ()))
    };
    match program(bytes).map(run) {
        Err(refusal) => refusal.code().into(),
        Ok(Err(stop)) => stop.code().into(),
        Ok(Ok(())) => "ok".into(),
    }
}

/// The code that a bundle gives, on a thread with `stack` bytes.
fn judged(bytes: Vec<u8>, stack: usize) -> Option<String> {
    let (done, wait) = mpsc::channel();
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    let work = move || drop(done.send(code_of(&bytes, flag)));
    std::thread::Builder::new().stack_size(stack).spawn(work).unwrap();
    wait.recv_timeout(RUN).ok().or_else(|| {
        raised.store(true, Ordering::Relaxed);
        wait.recv_timeout(DEADLINE).ok()
    })
}

#[test]
fn the_list_names_every_file() {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> = files.filter(|f| f != "expect.txt").collect();
    files.sort();
    assert_eq!(files, expected().into_keys().collect::<Vec<_>>());
    assert!(files.len() >= 150);
}

#[test]
fn every_bundle_gives_its_code() {
    let mut wrong = Vec::new();
    for (name, code) in expected() {
        let got = judged(read(&name), 8 << 20).unwrap_or_else(|| "no answer".into());
        if got != code {
            wrong.push(format!("{name}: {got}, not {code}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Text that is as deep as it may be does not overflow the smallest stack that `admit` asks for.
#[test]
fn the_deepest_text_fits_the_stack() {
    let kinds = [
        ("x = ", "~", "x", "", ";"),
        ("y = ", "!", "y", "", ";"),
        ("z = ", "- ", "z", "", ";"),
        ("x = ", "*&", "x", "", ";"),
        ("x = ", "x^", "x", "", ";"),
        ("x = ", "x+", "x", "", ";"),
        ("y = ", "y&&", "y", "", ";"),
        ("y = ", "y||", "y", "", ";"),
        ("x = ", "(", "x", ")", ";"),
        ("x = ", "src[", "x", "]", ";"),
        ("x = ", "min(x,", "x", ")", ";"),
        ("x = ", "select(x,", "x", ",y)", ";"),
        ("let w = ", "", "src[0]", ".xyzw", ";"),
        ("let w: ", "array<", "u32", ", 1>", " = 1;"),
        ("", "{", "", "}", ""),
        ("", "if y {", "", "}", ""),
        ("", "if y {} else ", "{}", "", ""),
        ("", "loop {", "", "break; }", ""),
        ("", "switch x { default: {", "", "} }", ""),
        ("", "while y {", "", "}", ""),
    ];
    let mut answers = BTreeMap::new();
    for (before, open, middle, close, after) in kinds {
        for depth in [3, 20, 40, 60, 80, 95, 120, 150, 180, 195] {
            let nest = format!("{before}{}{middle}{}{after}", open.repeat(depth), close.repeat(depth));
            let source = format!(
                "@group(0) @binding(0) var<storage, read> src: array<u32>;
                 @group(0) @binding(1) var<storage, read_write> dst: array<u32>;
                 @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) gid: vec3<u32>) {{
                     var x = src[0]; var y = x == 1u; var z = i32(x); {nest} dst[gid.x] = x;
                 }}"
            );
            let code = judged(bundle(&source, 1, 64, 64), 2 << 20).unwrap();
            *answers.entry(code).or_insert(0) += 1;
        }
    }
    // Deep text that is admitted was parsed, rewritten and run; some is refused by naga, for its types or its own depth.
    assert!(answers["ok"] > 60 && answers["wgsl.nesting"] > 20, "{answers:?}");
    assert!(!answers.contains_key("wgsl.internal"), "{answers:?}");
}
