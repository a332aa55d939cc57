//! A request in JSON: an error, or a message that prost reads too.

use proto::otlp::json_to_request;
use proto::otlp::oracle::assert_as_oracle;

pub(super) fn run(data: &[u8]) {
    if let Ok(body) = json_to_request(data) {
        assert_as_oracle(&body);
    }
}
