//! Fetching and storing by digest: files, http, the cache, and what is refused.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{header, StatusCode};
use axum::response::Redirect;
use axum::routing::get;
use axum::Router;
use joule::objects::{digest, ObjectError, Objects, Pace, Policy};

const CAP: u64 = 1000;

struct Place {
    dir: tempfile::TempDir,
    objects: Objects,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("open")).unwrap();
    let policy = Policy {
        files: vec![dir.path().join("open")],
        allow_loopback: true,
    };
    let objects = Objects::open(&dir.path().join("cache"), policy).unwrap();
    Place { dir, objects }
}

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn code<T: std::fmt::Debug>(result: Result<T, ObjectError>) -> &'static str {
    result.unwrap_err().code()
}

/// A server on loopback with a few objects.
async fn server() -> String {
    let app = Router::new()
        .route("/good", get(|| async { "content" }))
        .route("/large", get(|| async { vec![0u8; 1001] }))
        .route(
            "/liar",
            get(|| async {
                let parts = futures::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(vec![0u8; 100])));
                ([(header::CONTENT_LENGTH, "10000")], Body::from_stream(parts))
            }),
        )
        .route(
            "/drip",
            get(|| async {
                let parts = futures::stream::unfold((), |()| async {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Some((Ok::<_, std::io::Error>(vec![0u8]), ()))
                });
                ([(header::CONTENT_LENGTH, "1000")], Body::from_stream(parts))
            }),
        )
        .route(
            "/mute",
            get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }),
        )
        .route("/hop", get(|| async { Redirect::temporary("/good") }))
        .route(
            "/inside",
            get(|| async { Redirect::temporary("http://169.254.169.254/latest") }),
        )
        .route("/loop", get(|| async { Redirect::temporary("/loop") }))
        .route("/broken", get(|| async { StatusCode::FORBIDDEN }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

#[tokio::test]
async fn a_stored_file_is_found_by_its_digest_and_stays_in_the_cache() {
    let Place { dir, objects } = place();
    let url = objects.store(&url(&dir.path().join("open")), b"content").await.unwrap();
    assert!(url.ends_with(&hex::encode(digest(b"content"))));
    let path = dir.path().join("open").join(hex::encode(digest(b"content")));
    assert_eq!(fs::read(&path).unwrap(), b"content");
    fs::remove_dir_all(dir.path().join("cache")).unwrap();
    fs::create_dir(dir.path().join("cache")).unwrap();
    assert_eq!(objects.fetch(&url, &digest(b"content"), CAP).await.unwrap(), b"content");
    // The cache serves what its source lost; a damaged entry counts as none.
    fs::remove_file(&path).unwrap();
    assert_eq!(objects.fetch(&url, &digest(b"content"), CAP).await.unwrap(), b"content");
    assert_eq!(
        code(objects.fetch(&url, &digest(b"content"), 6).await),
        "objects.too_large"
    );
    fs::write(
        dir.path().join("cache").join(hex::encode(digest(b"content"))),
        "c0ntent",
    )
    .unwrap();
    assert_eq!(
        code(objects.fetch(&url, &digest(b"content"), CAP).await),
        "objects.folder"
    );
}

#[tokio::test]
async fn files_outside_the_allowed_folders_are_refused() {
    let Place { dir, objects } = place();
    fs::write(dir.path().join("secret"), "content").unwrap();
    let open = dir.path().join("open");
    std::os::unix::fs::symlink(dir.path().join("secret"), open.join("link")).unwrap();
    let sha = digest(b"content");
    for path in [
        dir.path().join("secret"),
        open.join("../secret"),
        open.join("link"),
        open.clone(),
        "/dev/zero".into(),
    ] {
        let got = objects.fetch(&url(&path), &sha, CAP).await;
        assert_eq!(code(got), "objects.forbidden_file", "{}", path.display());
    }
    assert_eq!(
        code(objects.store(&url(dir.path()), b"x").await),
        "objects.forbidden_file"
    );
    assert_eq!(
        code(objects.fetch(&url(&open.join("absent")), &sha, CAP).await),
        "objects.folder"
    );
    let closed = Objects::open(&dir.path().join("cache"), Policy::default()).unwrap();
    fs::write(open.join("a"), "content").unwrap();
    assert_eq!(
        code(closed.fetch(&url(&open.join("a")), &sha, CAP).await),
        "objects.forbidden_file"
    );
}

#[tokio::test]
async fn http_objects_are_bounded_and_checked() {
    let Place { dir: _dir, objects } = place();
    let base = server().await;
    let fetch = |path: &str, sha: [u8; 32]| {
        let (objects, url) = (objects.clone(), format!("{base}{path}"));
        async move { objects.fetch(&url, &sha, CAP).await }
    };
    assert_eq!(code(fetch("/good", digest(b"other")).await), "objects.wrong_digest");
    assert_eq!(fetch("/good", digest(b"content")).await.unwrap(), b"content");
    assert_eq!(code(fetch("/large", [0; 32]).await), "objects.too_large");
    assert_eq!(code(fetch("/liar", [0; 32]).await), "objects.too_large");
    assert_eq!(code(fetch("/absent", [0; 32]).await), "objects.not_found");
    assert_eq!(code(fetch("/broken", [0; 32]).await), "objects.transport");
}

#[tokio::test]
async fn redirects_are_followed_within_the_rules() {
    let Place { dir, objects } = place();
    let base = server().await;
    let sha = digest(b"content");
    assert_eq!(
        objects.fetch(&format!("{base}/hop"), &sha, CAP).await.unwrap(),
        b"content"
    );
    assert_eq!(
        code(objects.fetch(&format!("{base}/inside"), &[0; 32], CAP).await),
        "objects.forbidden_address"
    );
    assert_eq!(
        code(objects.fetch(&format!("{base}/loop"), &[0; 32], CAP).await),
        "objects.transport"
    );
    // Without the switch the same server is out of reach, by address and by name.
    let public = Objects::open(&dir.path().join("other"), Policy::default()).unwrap();
    assert_eq!(
        code(public.fetch(&format!("{base}/good"), &sha, CAP).await),
        "objects.forbidden_address"
    );
    let secure = base.replace("http:", "https:");
    assert_eq!(
        code(public.fetch(&format!("{secure}/good"), &sha, CAP).await),
        "objects.forbidden_address"
    );
    let named = secure.replace("127.0.0.1", "localhost");
    assert_eq!(
        code(public.fetch(&format!("{named}/good"), &sha, CAP).await),
        "objects.forbidden_address"
    );
}

#[tokio::test]
async fn urls_that_mean_nothing_are_refused() {
    let Place { dir: _dir, objects } = place();
    for bad in [
        "",
        "content",
        "s3://bucket/a",
        "https://user:word@example.org/a",
        "https://example.org/a?b",
        "file://host/a",
    ] {
        assert_eq!(
            code(objects.fetch(bad, &[0; 32], CAP).await),
            "objects.bad_url",
            "{bad}"
        );
    }
}

#[tokio::test]
async fn what_is_brought_is_in_the_cache_and_what_is_looked_at_is_not() {
    let Place { dir, objects } = place();
    let base = server().await;
    let (url, sha) = (format!("{base}/good"), digest(b"content"));
    objects.look(&url, &sha, CAP).await.unwrap();
    assert_eq!(fs::read_dir(dir.path().join("cache")).unwrap().count(), 0);
    assert_eq!(objects.bring(&url, &sha, CAP).await.unwrap(), 7);
    // From now on the address is not asked.
    let absent = format!("{base}/absent");
    assert_eq!(objects.bring(&absent, &sha, CAP).await.unwrap(), 7);
    assert_eq!(objects.fetch(&absent, &sha, CAP).await.unwrap(), b"content");
    assert_eq!(code(objects.look(&absent, &sha, CAP).await), "objects.not_found");
    assert_eq!(code(objects.bring(&absent, &sha, 6).await), "objects.too_large");
    assert_eq!(
        code(objects.bring(&format!("{base}/liar"), &[0; 32], CAP).await),
        "objects.too_large"
    );
    let left = fs::read_dir(dir.path().join("cache")).unwrap().count();
    assert_eq!(left, 1, "what failed leaves nothing behind");
}

#[tokio::test]
async fn who_drips_is_left() {
    let Place { dir: _dir, objects } = place();
    let base = server().await;
    let pace = Pace {
        grace: Duration::from_millis(200),
        rate: 1_000,
    };
    let objects = objects.with_pace(pace);
    let started = Instant::now();
    let got = objects.bring(&format!("{base}/drip"), &[0; 32], CAP).await;
    assert_eq!(code(got), "objects.too_slow");
    assert_eq!(
        code(objects.look(&format!("{base}/mute"), &[0; 32], CAP).await),
        "objects.too_slow"
    );
    assert!(started.elapsed() < Duration::from_secs(10));
    // As fast as it has to be.
    assert_eq!(
        objects
            .bring(&format!("{base}/good"), &digest(b"content"), CAP)
            .await
            .unwrap(),
        7
    );
}
