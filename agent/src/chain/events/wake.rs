//! The websocket: told of new blocks, it shortens the pause of a cursor. It loses nothing that matters when it drops.
use std::sync::Arc;
use std::time::Duration;

use cosmrs::rpc::client::{WebSocketClient, WebSocketClientUrl};
use cosmrs::rpc::query::EventType;
use cosmrs::rpc::SubscriptionClient;
use futures::StreamExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::chain::endpoints::jitter;
use crate::chain::{Dialect, Endpoints};

/// Pause before the connection is tried again.
const RECONNECT: Duration = Duration::from_secs(2);

/// Wakes whoever waits on it at each new block. Clones share one signal.
#[derive(Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// Returns at the next wake-up, or after `at_most`.
    pub async fn wait(&self, at_most: Duration) {
        // Running out of time is the ordinary case without a websocket.
        let _ = tokio::time::timeout(at_most, self.0.notified()).await;
    }

    /// Wakes all waiters.
    pub fn wake(&self) {
        self.0.notify_waiters();
    }
}

/// The task that keeps a websocket subscription alive. Dropping it ends the task.
pub struct Wake {
    waker: Waker,
    task: JoinHandle<()>,
}

impl Wake {
    /// Subscribes to new blocks of the best node, for as long as the value lives.
    pub fn start(endpoints: Endpoints) -> Self {
        let waker = Waker::default();
        let task = tokio::spawn(run(endpoints, waker.clone()));
        Self { waker, task }
    }

    /// The signal.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(endpoints: Endpoints, waker: Waker) {
    loop {
        if let Some(node) = endpoints.nodes().await.first() {
            if let Err(error) = listen(&node.websocket_url(), endpoints.dialect(), &waker).await {
                tracing::debug!(url = node.url(), %error, "websocket ended; polling goes on");
            }
        }
        tokio::time::sleep(jitter(RECONNECT)).await;
    }
}

async fn listen(url: &str, dialect: Dialect, waker: &Waker) -> Result<(), cosmrs::rpc::Error> {
    let url: WebSocketClientUrl = url.parse()?;
    let builder = WebSocketClient::builder(url).compat_mode(dialect.compat());
    let (client, driver) = builder.build().await?;
    let driver = tokio::spawn(driver.run());
    let told = tell(&client, waker).await;
    driver.abort();
    told
}

async fn tell(client: &WebSocketClient, waker: &Waker) -> Result<(), cosmrs::rpc::Error> {
    let mut blocks = client.subscribe(EventType::NewBlock.into()).await?;
    while let Some(block) = blocks.next().await {
        block?;
        waker.wake();
    }
    Ok(())
}
