//! Logins of others than the service account.

use std::sync::{Arc, Mutex};

use cxx::UniquePtr;
use scylla::client::session_builder::SessionBuilder;
use scylla::cluster::metadata::Peer;
use scylla::errors::{ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, MetadataError, NewSessionError};
use scylla::policies::host_filter::HostFilter;

use super::failure::{of_database, unreachable, UNAVAILABLE};
use super::ffi::{Completion, Failure};
use super::{Client, Reply, Shared, SESSIONS_PER_USER_MAX};

/// Nodes that are asked whether a login is good, as long as they can't be reached.
const NODES_ASKED_MAX: usize = 3;

/// Of a session whose control connection is all that is wanted.
struct NoNode;

impl HostFilter for NoNode {
    fn accept(&self, _peer: &Peer) -> bool {
        false
    }
}

/// What the cluster said to a connection that was being made, or that none could be made.
fn failure_of_login(error: &NewSessionError) -> Failure {
    if let NewSessionError::MetadataError(MetadataError::ConnectionPoolError(ConnectionPoolError::Broken {
        last_connection_error: ConnectionError::ConnectionSetupRequestError(refused),
    })) = error
    {
        if let ConnectionSetupRequestErrorKind::DbError(kind, message) = &refused.error {
            return of_database(kind, message);
        }
    }
    unreachable(format!("No node of the cluster can be reached to log in: {error}"), 0)
}

async fn ask_nodes(template: SessionBuilder, nodes: Vec<String>, user: String, password: String) -> Option<Failure> {
    let mut last = None;
    for node in nodes {
        let built = template
            .clone()
            .known_node(node)
            .user(&user, &password)
            .fetch_schema_metadata(false)
            .host_filter(Arc::new(NoNode))
            .build()
            .await;
        match built {
            Ok(_) => return None,
            Err(e) => last = Some(failure_of_login(&e)),
        }
        if last.as_ref().is_some_and(|failure| failure.code != UNAVAILABLE) {
            break;
        }
    }
    last
}

impl Client {
    /// In another order each time, so that one node does not check all passwords.
    fn nodes_to_ask(&self) -> Vec<String> {
        let mut nodes = self.live_nodes();
        if nodes.is_empty() {
            nodes = self.contact_points.clone();
        }
        let first = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos() as usize / 1000);
        let count = nodes.len().max(1);
        nodes.rotate_left(first % count);
        nodes.truncate(NODES_ASKED_MAX);
        nodes
    }

    pub fn check_login(&self, user: &str, password: &str, done: UniquePtr<Completion>) {
        let asked = ask_nodes(self.template.clone(), self.nodes_to_ask(), user.to_owned(), password.to_owned());
        self.start(done, async move { Reply { failure: asked.await.unwrap_or_default(), ..Default::default() } });
    }

    pub fn open_as(&self, user: &str, password: &str, done: UniquePtr<Completion>) {
        let contact_points: Vec<_> = self.live_nodes().into_iter().chain(self.contact_points.iter().cloned()).collect();
        let template = self.template.clone();
        let builder = template.clone().known_nodes(&contact_points).user(user, password);
        let (threads, range_reads) = (self.threads.clone(), self.range_reads.clone());
        self.start(done, async move {
            match builder.build().await {
                Ok(base) => {
                    let sessions_max = SESSIONS_PER_USER_MAX;
                    let client = Client {
                        base: Arc::new(base),
                        shared: Arc::new(Shared { builder, sessions: Mutex::default(), sessions_max, rings: Default::default() }),
                        template,
                        contact_points,
                        threads,
                        range_reads,
                        _runtime: None,
                    };
                    Reply { client: Some(Box::new(client)), ..Default::default() }
                }
                Err(e) => Reply { failure: failure_of_login(&e), ..Default::default() },
            }
        });
    }
}
