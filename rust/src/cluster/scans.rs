//! Reads of ranges of the ring: where its owners change, and which of them a read is sent to.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use cxx::UniquePtr;
use scylla::client::session::Session;
use scylla::cluster::{ClusterState, Node, NodeRef};
use scylla::policies::load_balancing::{FallbackPlan, LoadBalancingPolicy, RoutingInfo};
use scylla::routing::{Shard, Token};
use scylla::statement::prepared::PreparedStatement;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::failure::busy;
use super::ffi::{Completion, Failure, Options};
use super::{Client, Reply};

type HostId = [u8; 16];

/// Where the owners of a keyspace's rows change.
#[derive(Clone, Default)]
pub struct Ring {
    /// The last token of each run of tokens that have the same owners, ascending.
    borders: Vec<i64>,
    owner_count: usize,
}

impl Ring {
    fn of(state: &ClusterState, keyspace: &str, table: &str) -> Ring {
        let mut nodes = HashSet::new();
        // Each token of the ring ends a run that begins behind the one before it.
        let runs: Vec<(i64, Vec<HostId>)> = state
            .replica_locator()
            .ring()
            .iter()
            .map(|(token, _)| {
                let mut owners: Vec<_> =
                    state.get_token_endpoints(keyspace, table, *token).iter().map(|(node, _)| node.host_id.into_bytes()).collect();
                owners.sort_unstable();
                nodes.extend(owners.iter().copied());
                (token.value(), owners)
            })
            .collect();
        // Behind the last one the owners are those of the first.
        let next = runs.iter().cycle().skip(1);
        let borders = runs.iter().zip(next).filter(|(run, next)| run.1 != next.1).map(|(run, _)| run.0).collect();
        Ring { borders, owner_count: nodes.len() }
    }

    fn part(&self, after: i64, up_to: i64) -> Ring {
        let from = self.borders.partition_point(|border| *border <= after);
        let to = self.borders.partition_point(|border| *border <= up_to);
        Ring { borders: self.borders[from..to.max(from)].to_vec(), owner_count: self.owner_count }
    }
}

/// What is known of rings, by keyspace, each for as long as the driver sees the cluster in the same way.
#[derive(Default)]
pub struct Rings(Mutex<HashMap<String, (Weak<ClusterState>, Arc<Ring>)>>);

impl Rings {
    fn get(&self, state: &Arc<ClusterState>, keyspace: &str, table: &str) -> Arc<Ring> {
        let known = |rings: &HashMap<String, (Weak<ClusterState>, Arc<Ring>)>| {
            rings.get(keyspace).filter(|(of, _)| Weak::as_ptr(of) == Arc::as_ptr(state)).map(|(_, ring)| ring.clone())
        };
        if let Some(ring) = known(&self.0.lock().expect("nothing panics while it is held")) {
            return ring;
        }
        let made = Arc::new(Ring::of(state, keyspace, table));
        let mut rings = self.0.lock().expect("nothing panics while it is held");
        rings.retain(|_, (of, _)| Weak::as_ptr(of) == Arc::as_ptr(state));
        rings.insert(keyspace.to_owned(), (Arc::downgrade(state), made.clone()));
        made
    }
}

/// Places for reads of ranges, so that scans leave a node the time for others' requests.
pub struct RangeReads {
    per_node: usize,
    wait_max: Duration,
    /// Empty: nodes everywhere are alike.
    data_center: String,
    /// For what can't be sent to the node that was chosen.
    balancing: Arc<dyn LoadBalancingPolicy>,
    places: Mutex<HashMap<HostId, Arc<Semaphore>>>,
}

impl RangeReads {
    pub fn new(options: &Options, balancing: Arc<dyn LoadBalancingPolicy>) -> Self {
        RangeReads {
            per_node: options.range_reads_per_node.max(1) as usize,
            wait_max: Duration::from_millis(u64::from(options.request_timeout_ms)),
            data_center: options.data_center.clone(),
            balancing,
            places: Mutex::default(),
        }
    }

    /// Waits for a place at the least busy owner of the token, and has the statement sent there. Without an owner that is
    /// near and up, it goes where others would.
    pub async fn begin(
        &self,
        session: &Session,
        statement: &mut PreparedStatement,
        token: i64,
    ) -> Result<Option<OwnedSemaphorePermit>, Failure> {
        let Some((node, shard, places)) = self.least_busy_owner(session, statement, token) else {
            return Ok(None);
        };
        let Ok(place) = timeout(self.wait_max, places.acquire_owned()).await else {
            return Err(busy(format!(
                "Node {} has had {} reads of ranges under way for too long to take one more",
                node.address, self.per_node
            )));
        };
        statement.set_load_balancing_policy(Some(Arc::new(OwnerFirst { node, shard, then: self.balancing.clone() })));
        Ok(place.ok())
    }

    fn least_busy_owner(
        &self,
        session: &Session,
        statement: &PreparedStatement,
        token: i64,
    ) -> Option<(Arc<Node>, Shard, Arc<Semaphore>)> {
        let table = statement.get_table_spec()?;
        let state = session.get_cluster_state();
        let owners = state.get_token_endpoints(table.ks_name(), table.table_name(), Token::new(token));
        let mut all = self.places.lock().expect("nothing panics while it is held");
        owners
            .into_iter()
            .filter(|(node, _)| node.is_connected() && self.is_near(node))
            .map(|(node, shard)| {
                let places = all.entry(node.host_id.into_bytes()).or_insert_with(|| Arc::new(Semaphore::new(self.per_node)));
                (node, shard, places.clone())
            })
            .rev()
            .max_by_key(|(_, _, places)| places.available_permits())
    }

    fn is_near(&self, node: &Node) -> bool {
        self.data_center.is_empty() || node.datacenter.as_deref() == Some(&self.data_center)
    }
}

#[derive(Debug)]
struct OwnerFirst {
    node: Arc<Node>,
    shard: Shard,
    then: Arc<dyn LoadBalancingPolicy>,
}

impl LoadBalancingPolicy for OwnerFirst {
    fn pick<'a>(&'a self, _: &'a RoutingInfo, _: &'a ClusterState) -> Option<(NodeRef<'a>, Option<Shard>)> {
        Some((&self.node, Some(self.shard)))
    }

    fn fallback<'a>(&'a self, request: &'a RoutingInfo, cluster: &'a ClusterState) -> FallbackPlan<'a> {
        self.then.fallback(request, cluster)
    }

    fn name(&self) -> String {
        "OwnerFirst".into()
    }
}

impl Client {
    pub fn ring_of(&self, keyspace: &str, table: &str, after: i64, up_to: i64, done: UniquePtr<Completion>) {
        let (base, shared) = (self.base.clone(), self.shared.clone());
        let (keyspace, table) = (keyspace.to_owned(), table.to_owned());
        self.start(done, async move {
            let ring = shared.rings.get(&base.get_cluster_state(), &keyspace, &table);
            Reply { ring: ring.part(after, up_to), ..Default::default() }
        });
    }
}

impl Reply {
    pub fn borders(&self) -> &[i64] {
        &self.ring.borders
    }

    pub fn owner_count(&self) -> usize {
        self.ring.owner_count
    }
}
