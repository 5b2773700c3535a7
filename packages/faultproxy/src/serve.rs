//! The connections.
use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fate::{draw, Fault};
use crate::http::{self, Request};
use crate::Shared;

/// Takes in clients until the task is ended.
pub(crate) async fn accept(listener: TcpListener, shared: Shared) {
    loop {
        // A client that is gone before it was taken in is no failure of ours.
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            let mut cuts = shared.cuts();
            cuts.mark_unchanged();
            tokio::select! {
                // Whoever ends a connection in the middle sees it at the other end too.
                _ = connection(client, &shared) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

async fn connection(mut client: TcpStream, shared: &Shared) -> io::Result<()> {
    let (cut, hole) = {
        let mut state = shared.lock();
        let (cut, hole) = (state.knobs.cut, state.knobs.black_hole);
        state.stats.refused += u64::from(cut || hole);
        (cut, hole)
    };
    if cut {
        return Ok(());
    }
    if hole {
        return swallow(&mut client).await;
    }
    let Some(request) = http::request(&mut client).await? else {
        return Ok(());
    };
    shared.lock().stats.requests += 1;
    if request.websocket {
        return websocket(client, request, shared).await;
    }
    let Some(answer) = answer(&request, shared).await else {
        return Ok(());
    };
    if shared.lock().knobs.black_hole {
        return swallow(&mut client).await;
    }
    client.write_all(&answer).await?;
    client.shutdown().await
}

/// Reads what comes and answers nothing, until the client gives up.
async fn swallow(client: &mut TcpStream) -> io::Result<()> {
    let mut bytes = [0; 1024];
    while client.read(&mut bytes).await? > 0 {}
    Ok(())
}

/// What the client gets; none to end the connection without a word.
async fn answer(request: &Request, shared: &Shared) -> Option<Vec<u8>> {
    let question = &request.question;
    let (wait, fault, old) = {
        let mut guard = shared.lock();
        let state = &mut *guard;
        let known = state.memory.count(question);
        let (wait, fault) = draw(&state.knobs, &mut state.dice, question, known > 0);
        let count = match fault {
            Fault::None => None,
            Fault::DropBefore => Some(&mut state.stats.dropped_before),
            Fault::DropAfter => Some(&mut state.stats.dropped_after),
            Fault::Duplicate => Some(&mut state.stats.duplicated),
            Fault::Stale => Some(&mut state.stats.stale),
            Fault::Swallow => Some(&mut state.stats.swallowed),
        };
        if let Some(count) = count {
            *count += 1;
            state.knobs.budget = state.knobs.budget.map(|left| left.saturating_sub(1));
        }
        let index = if state.knobs.freeze {
            known.saturating_sub(1)
        } else {
            state.dice.pick(known)
        };
        let old = (fault == Fault::Stale)
            .then(|| state.memory.get(question, index))
            .flatten();
        (wait, fault, old)
    };
    tokio::time::sleep(wait).await;
    if let Some(old) = old {
        return Some(http::ok(&question.readdressed(old)));
    }
    match fault {
        Fault::DropBefore => return None,
        Fault::Swallow => return Some(http::ok(&question.accepted())),
        Fault::Duplicate => drop(ask(request, shared).await),
        Fault::None | Fault::DropAfter | Fault::Stale => {}
    }
    let asked = ask(request, shared).await;
    if fault == Fault::DropAfter {
        return None;
    }
    let (code, body) = match asked {
        Ok(answer) => answer,
        Err(_) => {
            shared.lock().stats.upstream_failures += 1;
            return None;
        }
    };
    if code != 200 {
        return Some(http::status(&format!("{code} Passed on")));
    }
    shared.lock().memory.note(question, &body);
    Some(http::ok(&body))
}

/// Asks the node.
async fn ask(request: &Request, shared: &Shared) -> io::Result<(u16, Vec<u8>)> {
    let mut node = connect(shared).await?;
    node.write_all(&request.bytes()).await?;
    http::answer(&mut node).await
}

async fn connect(shared: &Shared) -> io::Result<TcpStream> {
    let upstream = shared.lock().upstream.clone();
    TcpStream::connect(upstream).await
}

async fn websocket(mut client: TcpStream, request: Request, shared: &Shared) -> io::Result<()> {
    if shared.lock().knobs.no_websocket {
        client.write_all(&http::status("503 Service Unavailable")).await?;
        return client.shutdown().await;
    }
    let mut node = connect(shared).await?;
    node.write_all(&request.bytes()).await?;
    tokio::io::copy_bidirectional(&mut client, &mut node).await.map(drop)
}
