//! `faultproxy`: the proxy as a program, for scripts.
use clap::Parser;
use joule_faultproxy::{Knobs, Proxy};

/// A proxy between an agent and a node that misbehaves on demand.
#[derive(Parser)]
struct Args {
    /// Where agents connect
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// The node, host:port
    #[arg(long, default_value = "127.0.0.1:26657")]
    upstream: String,
    /// Where the knobs are turned
    #[arg(long, default_value = "127.0.0.1:0")]
    control: String,
    /// The knobs of the start, as JSON
    #[arg(long, default_value = "{}")]
    knobs: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let knobs: Knobs = serde_json::from_str(&args.knobs)?;
    let proxy = Proxy::start(&args.listen, &args.upstream, knobs).await?;
    let control = proxy.control(&args.control).await?;
    println!("proxy {} control {}", proxy.url(), control.url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
