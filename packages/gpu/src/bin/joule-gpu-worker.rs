//! The worker by itself: what `joule gpu-worker` runs, for tests and for trying an adapter without the agent.

fn main() {
    joule_gpu::serve()
}
