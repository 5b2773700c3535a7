//! The agent on a bad network, over the embedded chain: nothing is lost, nothing is done twice.
mod net;

use net::{scenarios, Net};

macro_rules! faults {
    ($($name:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            scenarios::$name(&Net::embedded().await).await;
        }
    )*};
}

net::for_each_scenario!(faults);

#[tokio::test(flavor = "multi_thread")]
async fn bad_weather() {
    for seed in [1, 2] {
        scenarios::bad_weather(&Net::embedded().await, seed, 10).await;
    }
}
