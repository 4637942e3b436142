//! The server under test and how it is reached; see tests/harness/driver_suite.py.

use std::env;
use std::time::Duration;

use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

pub fn builder() -> SessionBuilder {
    // Functions take a while to be compiled on a busy machine.
    let patient = ExecutionProfile::builder().request_timeout(Some(Duration::from_secs(60))).build();
    SessionBuilder::new()
        .known_node(variable("NACRE_TEST_CONTACT"))
        .connection_timeout(Duration::from_secs(20))
        .default_execution_profile_handle(patient.into_handle())
}

/// A session in a keyspace that is made anew.
pub async fn keyspace(name: &str) -> (Session, String) {
    let name = format!("clients_rust_{name}");
    let session = builder().build().await.unwrap();
    execute(&session, &format!("DROP KEYSPACE IF EXISTS {name}")).await;
    execute(&session, &format!("CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")).await;
    session.use_keyspace(&name, false).await.unwrap();
    (session, name)
}

pub async fn execute(session: &Session, statement: &str) {
    if let Err(failure) = session.query_unpaged(statement, ()).await {
        panic!("{statement}: {failure}");
    }
}

/// A function's text in the language of the server.
pub fn body(lua: &str, java: &str) -> String {
    if variable("NACRE_TEST_LANGUAGE") == "lua" { format!(" LANGUAGE lua AS $${lua}$$") } else { format!(" LANGUAGE java AS $${java}$$") }
}

/// Kills the server and starts it again on the same data.
pub async fn restart() {
    let control = variable("NACRE_TEST_CONTROL");
    let address = control.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(b"POST /restart HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains(" 204 "), "{answer}");
}
