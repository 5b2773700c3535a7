//! Any text as the source of a bundle. Begin with `testdata/hostile/*.wgsl` as a corpus.
#![no_main]

mod run;

libfuzzer_sys::fuzz_target!(|source: &str| {
    let bundle = serde_json::json!({
        "source": source,
        "buffers": [{"name": "in", "bytes": 64, "init": "input"}, {"name": "out", "bytes": 64, "init": "zero"}],
        "passes": [{"entry": "main", "workgroups": 1, "bind": {"src": "in", "dst": "out"}}],
        "output": "out",
    });
    run::run(bundle.to_string().as_bytes());
});
