//! Sending exactly what a case says, over sockets.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use storage::env::Env;
use tokio::runtime::Runtime;

use super::answer::Answer;
use super::case::{Case, Transport};
use super::notation::{Ids, json, protobuf};
use crate::server::Server;

const EXPORT_PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// A client of one server.
pub(super) struct Client {
    runtime: Runtime,
    grpc: door::Client,
    http: SocketAddr,
    web: SocketAddr,
    good_sent: Cell<u64>,
}

impl Client {
    pub(super) fn new(server: &Server) -> Self {
        let grpc = door::Client::new(&format!("http://{}", server.grpc), Env::system()).expect("an address");
        let runtime = Runtime::new().expect("a runtime");
        Self { runtime, grpc, http: server.http, web: server.web, good_sent: Cell::new(0) }
    }

    /// Sends a case once.
    pub(super) fn send(&self, case: &Case, transport: Transport, ids: &Ids) -> Result<Answer, String> {
        match transport {
            Transport::Grpc => self.send_grpc(case, ids),
            Transport::Http | Transport::Json => self.send_http(case, transport, ids),
            Transport::Raw => {
                let raw = case.raw.as_deref().unwrap_or_default();
                // Who may be cut off without an answer says that no more will come.
                let ends = case.http.as_ref().is_some_and(|codes| codes.contain(0));
                exchange(self.http, &[json(raw, ids).as_bytes()], ends)
            }
        }
    }

    /// A request that nothing is wrong with.
    pub(super) fn send_good(&self) -> Result<(), String> {
        let number = self.good_sent.replace(self.good_sent.get() + 1);
        let body = protobuf("request { span { good 1 } }", &Ids::of(&format!("good {number}")))?;
        let answer = self.export(body, &[], 0)?;
        if answer.is_success() && answer.body.is_empty() { Ok(()) } else { Err(answer.to_string()) }
    }

    /// The number of spans of a trace.
    pub(super) fn spans_of(&self, trace_id: &str) -> Result<u64, String> {
        let head = format!(
            "GET /api/v1/traces/{trace_id} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.web
        );
        let answer = exchange(self.web, &[head.as_bytes()], false)?;
        match answer.code {
            404 => Ok(0),
            200 => {
                let trace: serde_json::Value =
                    serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
                Ok(trace["spans"].as_array().ok_or("no spans in the answer")?.len() as u64)
            }
            _ => Err(format!("the trace cannot be read: {answer}")),
        }
    }

    fn send_grpc(&self, case: &Case, ids: &Ids) -> Result<Answer, String> {
        if let Some(frames) = &case.frames {
            return self.call(case.path.as_deref(), protobuf(frames, ids)?, &case.headers);
        }
        let body = coded(case, protobuf(case.protobuf.as_deref().unwrap_or_default(), ids)?)?;
        let mut headers = case.headers.clone();
        headers.extend(coding_header(case, "grpc-encoding"));
        let flag = u8::from(case.coding.is_some());
        self.call(case.path.as_deref(), framed(flag, &body), &headers)
    }

    /// One message to the export method.
    pub(super) fn export(
        &self,
        body: Vec<u8>,
        headers: &[(String, String)],
        flag: u8,
    ) -> Result<Answer, String> {
        self.call(None, framed(flag, &body), headers)
    }

    fn call(
        &self,
        path: Option<&str>,
        data: Vec<u8>,
        headers: &[(String, String)],
    ) -> Result<Answer, String> {
        let mut request = Request::post(path.unwrap_or(EXPORT_PATH)).header("te", "trailers");
        if !headers.iter().any(|(name, _)| name == "content-type") {
            request = request.header("content-type", "application/grpc");
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(data))).map_err(|error| error.to_string())?;
        self.runtime.block_on(async {
            let response = self.grpc.send(request).await.map_err(|error| error.to_string())?;
            let (head, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| error.to_string())?;
            let mut answer = Answer { is_grpc: true, ..Answer::default() };
            answer.take_headers(&head.headers);
            answer.take_headers(&body.trailers().cloned().unwrap_or_default());
            let status = answer.headers.get("grpc-status").and_then(|code| std::str::from_utf8(code).ok());
            answer.code = match status {
                Some(status) => status.parse().map_err(|_| format!("grpc-status {status}"))?,
                // What is no gRPC call gets HTTP's word.
                None => head.status.as_u16(),
            };
            let body = body.to_bytes();
            answer.body = body.get(5..).unwrap_or_default().to_vec();
            Ok(answer)
        })
    }

    fn send_http(&self, case: &Case, transport: Transport, ids: &Ids) -> Result<Answer, String> {
        let (body, default_type) = match transport {
            Transport::Json => {
                let spans = case.json_spans.as_ref().map(|spans| {
                    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
                });
                let text = spans.as_deref().or(case.json.as_deref()).unwrap_or_default();
                (json(text, ids).into_bytes(), "application/json")
            }
            _ => (protobuf(case.protobuf.as_deref().unwrap_or_default(), ids)?, "application/x-protobuf"),
        };
        let body = coded(case, body)?;
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            case.method.as_deref().unwrap_or("POST"),
            case.path.as_deref().unwrap_or("/v1/traces"),
            self.http,
            body.len()
        );
        let mut headers = case.headers.clone();
        headers.extend(coding_header(case, "content-encoding"));
        match case.content_type.as_deref() {
            Some("") => {}
            Some(name) => headers.push(("content-type".to_owned(), name.to_owned())),
            None => headers.push(("content-type".to_owned(), default_type.to_owned())),
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        exchange(self.http, &[head.as_bytes(), &body], false)
    }
}

impl Answer {
    fn take_headers(&mut self, headers: &HeaderMap) {
        self.headers.extend(
            headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())),
        );
    }
}

fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let mut frame = vec![flag];
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend(message);
    frame
}

fn coding_header(case: &Case, name: &str) -> Option<(String, String)> {
    let value = case.coding_header.as_ref().or(case.coding.as_ref())?;
    Some((name.to_owned(), value.clone()))
}

/// The body as it goes over the wire.
fn coded(case: &Case, body: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut body = compressed(case.coding.as_deref().unwrap_or("identity"), body)?;
    for step in &case.then {
        let (what, operand) = step.split_once(' ').unwrap_or((step, ""));
        let number = || operand.parse::<usize>().map_err(|_| format!("{step:?}"));
        match what {
            "cut" => body.truncate(body.len().saturating_sub(number()?)),
            "append" => body.extend(operand.bytes()),
            "repeat" => body = body.repeat(number()?),
            // Counted from the end.
            "flip" => {
                let at = body.len().saturating_sub(number()?);
                *body.get_mut(at).ok_or("too short")? ^= 1;
            }
            _ => return Err(format!("{step:?} is unknown")),
        }
    }
    Ok(body)
}

fn compressed(coding: &str, body: Vec<u8>) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| error.to_string();
    match coding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&body).map_err(failed)?;
            encoder.finish().map_err(failed)
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&body).map_err(failed)?;
            encoder.finish().map_err(failed)
        }
        "zstd" => zstd::encode_all(&body[..], 1).map_err(failed),
        "snappy" => snap::raw::Encoder::new().compress_vec(&body).map_err(|error| error.to_string()),
        "snappy-framed" => {
            let mut encoder = snap::write::FrameEncoder::new(Vec::new());
            encoder.write_all(&body).map_err(failed)?;
            encoder.into_inner().map_err(|error| error.to_string())
        }
        _ => Ok(body),
    }
}

/// Writes `parts` over HTTP/1.1 and reads until the end; `ends` says that no more will come.
fn exchange(address: SocketAddr, parts: &[&[u8]], ends: bool) -> Result<Answer, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT)).map_err(failed)?;
    for part in parts {
        // Whoever is refused early cannot write all; the answer is what counts.
        if stream.write_all(part).is_err() {
            break;
        }
    }
    if ends {
        // Closed already by the other side, perhaps.
        let _shut = stream.shutdown(Shutdown::Write);
    }
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if bytes.is_empty() && error.kind() != std::io::ErrorKind::ConnectionReset => {
            return Err(format!("no answer: {error}"));
        }
        _ => {}
    }
    parse(&bytes)
}

/// The first answer in `bytes`.
fn parse(bytes: &[u8]) -> Result<Answer, String> {
    if bytes.is_empty() {
        return Ok(Answer::default());
    }
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or("an answer without an end")?;
    let head = std::str::from_utf8(&bytes[..end]).map_err(|error| error.to_string())?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(':'));
    Ok(Answer {
        code: status.ok_or("an answer without a status")?,
        is_grpc: false,
        headers: headers
            .map(|(name, value)| (name.to_lowercase(), value.trim().as_bytes().to_vec()))
            .collect(),
        body: bytes[end + 4..].to_vec(),
    })
}
