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

faults!(
    delayed,
    requests_and_answers_lost,
    broadcasts_doubled,
    old_answers,
    a_shared_key,
    a_transaction_that_never_lands,
    a_node_that_is_away,
    a_node_that_stands_still,
    gas_that_runs_out,
    blocks_in_order,
);

#[tokio::test(flavor = "multi_thread")]
async fn bad_weather() {
    for seed in [1, 2] {
        scenarios::bad_weather(&Net::embedded().await, seed, 10).await;
    }
}
