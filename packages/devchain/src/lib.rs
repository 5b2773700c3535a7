//! The embedded chain: a cw-multi-test App behind the RPC of a real node
