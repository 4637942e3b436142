//! The driver's errors as the protocol's: the cluster's own come with their code and fields, and what happened to the
//! connection becomes the error that tells a client the same about its statement.

use scylla::errors::{
    BadQuery, DbError, ExecutionError, NewSessionError, PrepareError, RequestAttemptError, UseKeyspaceError,
};

use super::ffi::Failure;

const SERVER_ERROR: i32 = 0x0000;
const PROTOCOL_ERROR: i32 = 0x000a;
const BAD_CREDENTIALS: i32 = 0x0100;
pub const UNAVAILABLE: i32 = 0x1000;
const OVERLOADED: i32 = 0x1001;
const IS_BOOTSTRAPPING: i32 = 0x1002;
const TRUNCATE_ERROR: i32 = 0x1003;
const WRITE_TIMEOUT: i32 = 0x1100;
const READ_TIMEOUT: i32 = 0x1200;
const READ_FAILURE: i32 = 0x1300;
const FUNCTION_FAILURE: i32 = 0x1400;
const WRITE_FAILURE: i32 = 0x1500;
const SYNTAX_ERROR: i32 = 0x2000;
const UNAUTHORIZED: i32 = 0x2100;
const INVALID: i32 = 0x2200;
const CONFIG_ERROR: i32 = 0x2300;
const ALREADY_EXISTS: i32 = 0x2400;
const UNPREPARED: i32 = 0x2500;

/// A node that had no place for a request.
pub fn busy(message: String) -> Failure {
    Failure { failed: true, code: OVERLOADED, message, ..Default::default() }
}

pub fn of_database(error: &DbError, message: &str) -> Failure {
    let mut failure = Failure { failed: true, message: message.to_owned(), ..Default::default() };
    failure.code = match error {
        DbError::SyntaxError => SYNTAX_ERROR,
        DbError::Invalid => INVALID,
        DbError::AlreadyExists { keyspace, table } => {
            failure.keyspace = keyspace.clone();
            failure.name = table.clone();
            ALREADY_EXISTS
        }
        DbError::FunctionFailure { keyspace, function, arg_types } => {
            failure.keyspace = keyspace.clone();
            failure.name = function.clone();
            failure.argument_types = arg_types.clone();
            FUNCTION_FAILURE
        }
        DbError::AuthenticationError => BAD_CREDENTIALS,
        DbError::Unauthorized => UNAUTHORIZED,
        DbError::ConfigError => CONFIG_ERROR,
        DbError::Unavailable { consistency, required, alive } => {
            failure.consistency = *consistency as u16;
            failure.required = *required;
            failure.received = *alive;
            UNAVAILABLE
        }
        DbError::Overloaded | DbError::RateLimitReached { .. } => OVERLOADED,
        DbError::IsBootstrapping => IS_BOOTSTRAPPING,
        DbError::TruncateError => TRUNCATE_ERROR,
        DbError::ReadTimeout { consistency, received, required, data_present } => {
            failure.consistency = *consistency as u16;
            failure.received = *received;
            failure.required = *required;
            failure.data_present = *data_present;
            READ_TIMEOUT
        }
        DbError::WriteTimeout { consistency, received, required, write_type } => {
            failure.consistency = *consistency as u16;
            failure.received = *received;
            failure.required = *required;
            failure.write_type = write_type.as_str().to_owned();
            WRITE_TIMEOUT
        }
        DbError::ReadFailure { consistency, received, required, numfailures, data_present } => {
            failure.consistency = *consistency as u16;
            failure.received = *received;
            failure.required = *required;
            failure.failures = *numfailures;
            failure.data_present = *data_present;
            READ_FAILURE
        }
        DbError::WriteFailure { consistency, received, required, numfailures, write_type } => {
            failure.consistency = *consistency as u16;
            failure.received = *received;
            failure.required = *required;
            failure.failures = *numfailures;
            failure.write_type = write_type.as_str().to_owned();
            WRITE_FAILURE
        }
        DbError::Unprepared { .. } => UNPREPARED,
        DbError::ProtocolError => PROTOCOL_ERROR,
        DbError::ServerError => SERVER_ERROR,
        DbError::Other(code) => *code,
        _ => SERVER_ERROR,
    };
    failure
}

fn plain(code: i32, message: impl Into<String>) -> Failure {
    Failure { failed: true, code, message: message.into(), ..Default::default() }
}

/// Nothing was executed.
pub fn unreachable(message: String, consistency: u16) -> Failure {
    Failure { consistency, required: 1, ..plain(UNAVAILABLE, message) }
}

/// Nobody knows whether it was executed.
fn in_doubt(message: String, consistency: u16, reads: bool) -> Failure {
    let code = if reads { READ_TIMEOUT } else { WRITE_TIMEOUT };
    Failure { consistency, required: 1, write_type: "SIMPLE".into(), ..plain(code, message) }
}

fn of_attempt(attempt: &RequestAttemptError, consistency: u16, reads: bool) -> Failure {
    match attempt {
        RequestAttemptError::DbError(error, message) => of_database(error, message),
        RequestAttemptError::BrokenConnectionError(_) => {
            in_doubt(format!("The connection to the cluster's node broke: {attempt}"), consistency, reads)
        }
        RequestAttemptError::UnableToAllocStreamId => {
            plain(OVERLOADED, "Too many requests to the cluster are under way")
        }
        RequestAttemptError::SerializationError(_) => plain(INVALID, attempt.to_string()),
        _ => plain(SERVER_ERROR, attempt.to_string()),
    }
}

/// No session for a keyspace.
pub fn of_session(error: &NewSessionError) -> Failure {
    match error {
        NewSessionError::UseKeyspaceError(UseKeyspaceError::RequestError(RequestAttemptError::DbError(kind, message))) => {
            of_database(kind, message)
        }
        NewSessionError::UseKeyspaceError(UseKeyspaceError::BadKeyspaceName(_)) => plain(INVALID, error.to_string()),
        _ => unreachable(format!("No node of the cluster can be reached: {error}"), 1),
    }
}

/// `reads`: the statement changes nothing.
pub fn failure_of(error: &ExecutionError, consistency: u16, reads: bool) -> Failure {
    match error {
        ExecutionError::LastAttemptError(attempt)
        | ExecutionError::PrepareError(PrepareError::AllAttemptsFailed { first_attempt: attempt }) => {
            of_attempt(attempt, consistency, reads)
        }
        ExecutionError::RequestTimeout(_) => {
            in_doubt(format!("The cluster did not answer in time: {error}"), consistency, reads)
        }
        ExecutionError::EmptyPlan
        | ExecutionError::ConnectionPoolError(_)
        | ExecutionError::PrepareError(PrepareError::ConnectionPoolError(_)) => {
            unreachable(format!("No node of the cluster can be reached: {error}"), consistency)
        }
        ExecutionError::BadQuery(BadQuery::ValuesTooLongForKey(..) | BadQuery::SerializationError(_)) => {
            plain(INVALID, error.to_string())
        }
        _ => plain(SERVER_ERROR, error.to_string()),
    }
}
