//! Each try of a request is counted by what was asked for and what came of it.

use parking_lot::Mutex;

use super::*;

/// Answers with these statuses, one after the other; 0 is no answer, 1 one that breaks off.
#[derive(Debug)]
struct Scripted(Mutex<Vec<u16>>);

/// A body of four bytes, and then an error.
struct Broken(bool);

impl Body for Broken {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        let is_first = std::mem::replace(&mut self.0, false);
        Poll::Ready(Some(if is_first {
            Ok(Frame::data(Bytes::from_static(b"four")))
        } else {
            Err(HttpError::new(HttpErrorKind::Interrupted, std::io::Error::other("it broke off")))
        }))
    }
}

#[async_trait::async_trait]
impl HttpService for Scripted {
    async fn call(&self, _: HttpRequest) -> Result<HttpResponse, HttpError> {
        let body = HttpResponseBody::from(b"sixteen bytes...".to_vec());
        match self.0.lock().remove(0) {
            0 => Err(HttpError::new(HttpErrorKind::Timeout, std::io::Error::other("no answer"))),
            1 => Ok(HttpResponse::new(HttpResponseBody::new(Broken(true)))),
            status => {
                let mut answer = HttpResponse::new(body);
                *answer.status_mut() = status.try_into().unwrap();
                Ok(answer)
            }
        }
    }
}

async fn ask(client: &CountingClient, method: &str, uri: &str) {
    let mut request = HttpRequest::new(Bytes::from_static(b"body").into());
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = uri.parse().unwrap();
    if let Ok(answer) = client.call(request).await {
        drop(answer.into_body().bytes().await);
    }
}

#[tokio::test]
async fn each_try_counts_by_operation_and_outcome() {
    let script = vec![200, 503, 0, 1, 404, 412, 200, 200, 500, 403];
    let metrics = Arc::new(RequestMetrics::default());
    let client = CountingClient {
        client: HttpClient::new(Scripted(Mutex::new(script))),
        metrics: Arc::clone(&metrics),
        env: Env::system(),
    };
    for (method, uri) in [
        ("GET", "http://store/bucket/file"),
        ("GET", "http://store/bucket?list-type=2&prefix=x"),
        ("PUT", "http://store/bucket/file"),
        ("GET", "http://store/bucket/file"),
        ("HEAD", "http://store/bucket/file"),
        ("PUT", "http://store/bucket/file"),
        ("POST", "http://store/bucket/file?uploads"),
        ("PUT", "http://store/bucket/file?partNumber=1&uploadId=x"),
        ("POST", "http://store/bucket?delete"),
        ("DELETE", "http://store/bucket/file"),
    ] {
        ask(&client, method, uri).await;
    }
    let expected = [
        ("get", "ok"),
        ("list", "throttled"),
        ("put", "timeout"),
        ("get", "cut"),
        ("head", "absent"),
        ("put", "precondition"),
        ("create_upload", "ok"),
        ("put_part", "ok"),
        ("delete", "server_error"),
        ("delete", "refused"),
    ];
    for (operation, outcome) in expected {
        assert_eq!(metrics.count(operation, outcome), 1, "{operation} {outcome}");
    }
    assert_eq!(metrics.written_bytes.get(), 10 * 4);
    assert_eq!(metrics.read_bytes.get(), 8 * 16 + 4);
}
