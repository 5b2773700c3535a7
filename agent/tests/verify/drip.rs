//! An address that gives its bytes one by one.
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use joule::objects::digest;

use super::rig::{spinner, turn};
use super::{drawn, judged, ruling, text, Court, MAX_SECS, NEVER, STEPS};

/// Serves some bytes to whoever asks first, and one byte a second to all others. Returns its address.
fn dripping(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = move |mut stream: TcpStream, first: bool| -> std::io::Result<()> {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request)?;
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n", bytes.len())?;
        if first {
            return stream.write_all(bytes);
        }
        for byte in bytes {
            std::thread::sleep(Duration::from_secs(1));
            stream.write_all(std::slice::from_ref(byte))?;
        }
        Ok(())
    };
    std::thread::spawn(move || {
        for (nth, stream) in listener.incoming().flatten().enumerate() {
            // Whoever gives up closes the connection.
            std::thread::spawn(move || drop(answer(stream, nth == 0)));
        }
    });
    format!("http://{address}/input")
}

#[test]
fn an_input_that_drips_keeps_nobody_from_other_seats() {
    let _turn = turn();
    let court = Court::open(5, |_| Some(&["--allow-loopback"]));
    let _provider = court.provider(&[]);
    let input: &[u8] = &[7; 600];
    let file = court.rig.job_file("drip", &spinner(1_000, NEVER), STEPS, 60);
    let placed = format!(
        "input = {{ url = \"{}\", sha256 = \"{}\", size = {} }}",
        dripping(input),
        hex::encode(digest(input)),
        input.len()
    );
    let job = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, job.replace("input = { path = \"input\" }", &placed)).unwrap();
    let drip = court.rig.post_with(&file, &["--verification", "committee"]);
    drawn(&court, &drip);

    // All five have a seat there. With one turn each they judge the next job in its time nevertheless.
    let prompt = court.rig.post_judged("prompt", &spinner(2_000, NEVER), STEPS, MAX_SECS);
    let panel = ruling(&court, &prompt);
    assert_eq!(
        (
            text(&panel, "/ruling"),
            judged(&panel, "paid"),
            judged(&panel, "no_show")
        ),
        ("upheld", 3, 0),
        "{panel}"
    );
    // Of the other one they say at last that there was nothing to judge.
    assert_eq!(text(&ruling(&court, &drip), "/ruling"), "unjudged");
}
