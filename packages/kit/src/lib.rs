//! What the Joule contracts share: access, pause, paging, funds, peers, migration, packed records
