//! The same data as JSON, MessagePack and Protocol Buffers.

use prost::Message;
use serde::Serialize;
use solution_2_lifecycle::response::negotiation::choose;
use solution_2_lifecycle::validate::{self, Candidate, User};
use utoipa::ToSchema;

use crate::message::{Body, Request, Response};
use crate::problem::{invalid, problem};
use crate::store::Stored;

/// How data are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// RFC 8259.
    Json,
    /// Maps with field names.
    MessagePack,
    /// The messages [`UserDocument`] and [`Page`]; their field numbers are in the API description.
    Protobuf,
}

impl Format {
    /// All, the one first that is sent to whoever does not care.
    const ALL: [Self; 3] = [Self::Json, Self::MessagePack, Self::Protobuf];
    const MEDIA_TYPES: [&'static str; 3] =
        ["application/json", "application/msgpack", "application/protobuf"];

    /// What the media type is called.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        Self::MEDIA_TYPES[self as usize]
    }

    /// What the client wants to have (RFC 9110 §12.5.1).
    ///
    /// # Errors
    ///
    /// The answer that says that there is nothing for it.
    pub fn accepted(request: &Request<'_>) -> Result<Self, Response> {
        let chosen = choose(request.headers.all("accept"), &Self::MEDIA_TYPES);
        chosen
            .map(|index| Self::ALL[index])
            .ok_or_else(|| problem(406, &format!("there is {}", Self::MEDIA_TYPES.join(", "))))
    }

    /// What the client has sent.
    ///
    /// # Errors
    ///
    /// The answer that says that it cannot be read.
    fn sent(request: &Request<'_>) -> Result<Self, Response> {
        let field = request.headers.get("content-type").unwrap_or_default();
        let media_type = field.split(';').next().unwrap_or_default().trim();
        let known =
            Self::MEDIA_TYPES.iter().position(|known| known.eq_ignore_ascii_case(media_type));
        known.map(|index| Self::ALL[index]).ok_or_else(|| {
            let known = Self::MEDIA_TYPES.join(", ");
            problem(415, &format!("the content type can be {known}")).with("accept", known)
        })
    }

    /// `document` in this format.
    pub fn write<T: Serialize + Message>(self, document: &T) -> Vec<u8> {
        match self {
            Self::Json => serde_json::to_vec(document).expect("text and numbers can be written"),
            Self::MessagePack => {
                rmp_serde::to_vec_named(document).expect("text and numbers can be written")
            }
            Self::Protobuf => document.encode_to_vec(),
        }
    }

    /// An answer with a body in this format.
    #[must_use]
    pub fn response(self, status: u16, body: Body) -> Response {
        // The same address answers in several formats: a shared cache must not mix them up.
        Response::new(status, self.media_type(), body).with("vary", "accept")
    }
}

/// The user in a request's body, if it is one.
///
/// # Errors
///
/// The answer that says what is wrong.
pub fn user(request: &Request<'_>) -> Result<User, Response> {
    match Format::sent(request)? {
        Format::Json => validate::from_json(request.body).map_err(|problem| invalid(&problem)),
        Format::MessagePack => from_message_pack(request.body),
        Format::Protobuf => from_protobuf(request.body),
    }
}

fn from_message_pack(body: &[u8]) -> Result<User, Response> {
    let mut rest = body;
    let user = validate::from_deserializer(&mut rmp_serde::Deserializer::new(&mut rest));
    if user.is_ok() && !rest.is_empty() {
        return Err(problem(400, "there is more in the body than a user"));
    }
    user.map_err(|problem| invalid(&problem))
}

fn from_protobuf(body: &[u8]) -> Result<User, Response> {
    let user = NewUserDocument::decode(body)
        .map_err(|error| problem(400, &format!("the body is no user: {error}")))?;
    // Protocol Buffers know no missing text, only an empty one.
    let text = |text: String| (!text.is_empty()).then(|| text.into());
    let age = user.age.map(i64::from);
    validate::check(Candidate { name: text(user.name), email: text(user.email), age })
        .map_err(|problem| invalid(&problem))
}

/// A user as it comes in: what Protocol Buffers read, and what the API's description shows.
#[derive(Clone, PartialEq, Message, ToSchema)]
pub struct NewUserDocument {
    /// 1 to 100 characters.
    #[prost(string, tag = "1")]
    pub name: String,
    /// No two users have the same.
    #[prost(string, tag = "2")]
    pub email: String,
    /// 0 to 150, where it is known.
    #[prost(int32, optional, tag = "3")]
    pub age: Option<i32>,
}

/// A user as it goes out.
#[derive(Clone, PartialEq, Message, Serialize, ToSchema)]
pub struct UserDocument {
    /// Given by the server.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// 1 to 100 characters.
    #[prost(string, tag = "2")]
    pub name: String,
    /// No two users have the same.
    #[prost(string, tag = "3")]
    pub email: String,
    /// 0 to 150, where it is known.
    #[prost(uint32, optional, tag = "4")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u32>,
    /// How often the user has been written.
    #[prost(uint64, tag = "5")]
    pub version: u64,
}

/// Some users, in the order of their ids.
#[derive(Clone, PartialEq, Message, Serialize, ToSchema)]
pub struct Page {
    /// The users.
    #[prost(message, repeated, tag = "1")]
    pub users: Vec<UserDocument>,
    /// Where the next ones are, unless these were the last.
    #[prost(string, optional, tag = "2")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl From<Stored> for UserDocument {
    fn from(user: Stored) -> Self {
        let Stored { id, version, name, email, age } = user;
        Self { id, name, email, age: age.map(u32::from), version }
    }
}

impl TryFrom<UserDocument> for Stored {
    type Error = std::num::TryFromIntError;

    fn try_from(user: UserDocument) -> Result<Self, Self::Error> {
        let UserDocument { id, name, email, age, version } = user;
        Ok(Self { id, version, name, email, age: age.map(u8::try_from).transpose()? })
    }
}
