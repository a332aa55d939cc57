//! gRPC's framing of the one message of a unary call: a flag, a length, the bytes.

use bytes::{BufMut, Bytes, BytesMut};
use http_body::Body;

use crate::body::BodyReader;
use crate::budget::Charge;
use crate::{Error, Result};

/// Bytes of the flag and the length.
pub(crate) const PREFIX_BYTES: usize = 5;

/// Why a call has no message, or was refused.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The caller broke gRPC's rules, which ask for INTERNAL then.
    Protocol(&'static str),
    /// The caller compresses in a way that is not spoken here.
    Coding(String),
    /// Anything else.
    Refused(Error),
}

impl Fault {
    /// The word for metrics.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Protocol(_) => "invalid",
            Self::Coding(_) => "unsupported",
            Self::Refused(error) => error.kind.name(),
        }
    }
}

/// The message of a call.
#[derive(Debug)]
pub(crate) struct Message {
    /// Whether `grpc-encoding` applies.
    pub(crate) is_compressed: bool,
    pub(crate) bytes: Bytes,
}

/// Reads the only message of a call; its length is charged before it is read.
pub(crate) async fn read<B>(
    body: &mut BodyReader<B>,
    bytes_max: u64,
    charge: &mut Charge,
) -> Result<Message, Fault>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Some(prefix) = body.take(PREFIX_BYTES).await? else {
        return Err(Fault::Protocol("the call has no message"));
    };
    let is_compressed = match prefix[0] {
        0 => false,
        1 => true,
        _ => return Err(Fault::Protocol("the compressed flag of a message is neither 0 nor 1")),
    };
    let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]);
    if u64::from(length) > bytes_max {
        return Err(Fault::Refused(Error::too_large("a message", Some(u64::from(length)), bytes_max)));
    }
    charge.raise_to(u64::from(length)).await?;
    let Some(bytes) = body.take(length as usize).await? else {
        return Err(Fault::Protocol("the message ends before its length"));
    };
    if !body.is_at_end().await? {
        return Err(Fault::Protocol("bytes follow the only message of the call"));
    }
    Ok(Message { is_compressed, bytes })
}

/// `message` in an uncompressed frame. It must be smaller than 4 GiB.
pub(crate) fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}
