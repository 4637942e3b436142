//! The connection to an existing cluster: the `scylla` driver behind a bridge to C++.
//!
//! Each call starts on the driver's own threads and ends with `answered`, called once on one of them; the C++ side takes
//! the answer to the shard that waits. An answer owns the frame that the cluster sent, from which the shard reads.

mod failure;
mod login;
mod scans;
mod values;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cxx::UniquePtr;
use openssl::ssl::{SslContextBuilder, SslFiletype, SslMethod, SslVerifyMode};
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::client::PoolSize;
use scylla::errors::{ExecutionError, NewSessionError};
use scylla::frame::types::{Consistency, SerialConsistency};
use scylla::policies::load_balancing::{DefaultPolicy, LoadBalancingPolicy};
use scylla::policies::speculative_execution::SimpleSpeculativeExecutionPolicy;
use scylla::response::query_result::{QueryResult, QueryRowsResult};
use scylla::response::{PagingState, PagingStateResponse};
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::unprepared::Statement;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::OnceCell;

use failure::failure_of;
use scans::{RangeReads, Ring};
use values::{class_name, raw_rows, RawValues};

#[cxx::bridge(namespace = "nacre::cluster::driver")]
pub mod ffi {
    /// How the cluster is reached.
    struct Options {
        contact_points: Vec<String>,
        /// Empty: no authentication.
        user: String,
        password: String,
        tls: bool,
        /// PEM files; empty: the system's authorities, no certificate of our own.
        tls_ca: String,
        tls_certificate: String,
        tls_key: String,
        /// Nodes of this data centre are preferred; empty: all alike.
        data_center: String,
        threads: u32,
        connections_per_node: u32,
        /// Reads of ranges that each node has under way, of all scans together.
        range_reads_per_node: u32,
        request_timeout_ms: u32,
        /// How long a read may take before another node is asked too; 0: never.
        speculative_after_ms: u32,
    }

    /// What goes with a statement besides its values.
    struct Request<'a> {
        consistency: u16,
        serial_consistency: u16,
        /// 0 or less: everything at once.
        page_size: i32,
        /// Empty: from the start.
        paging_state: &'a [u8],
        has_timestamp: bool,
        timestamp_us: i64,
        tracing: bool,
        /// May be sent again though it may have been executed.
        idempotent: bool,
        /// Of a read of a range of tokens: it is sent to an owner of this one, in its turn there.
        has_range: bool,
        range_token: i64,
    }

    struct Column {
        keyspace: String,
        table: String,
        name: String,
        /// As Cassandra names the type, parameters included.
        type_class: String,
    }

    /// What became of a request that failed, with the fields of its code.
    #[derive(Clone, Default)]
    struct Failure {
        failed: bool,
        code: i32,
        message: String,
        consistency: u16,
        received: i32,
        required: i32,
        failures: i32,
        data_present: bool,
        write_type: String,
        keyspace: String,
        /// A table or a function.
        name: String,
        argument_types: Vec<String>,
    }

    extern "Rust" {
        type Client;
        fn connect(options: &Options) -> Result<Box<Client>>;
        /// `values` are the protocol's [value]s one after the other.
        fn query(self: &Client, keyspace: &str, text: &str, request: &Request, done: UniquePtr<Completion>);
        fn prepare(self: &Client, keyspace: &str, text: &str, done: UniquePtr<Completion>);
        fn execute(
            self: &Client,
            statement: &Prepared,
            values: &[u8],
            request: &Request,
            done: UniquePtr<Completion>,
        );
        fn run_batch(self: &Client, keyspace: &str, batch: &BatchContent, request: &Request, done: UniquePtr<Completion>);
        /// Where in `after` < token <= `up_to` the owners of a table's rows change.
        fn ring_of(
            self: &Client,
            keyspace: &str,
            table: &str,
            after: i64,
            up_to: i64,
            done: UniquePtr<Completion>,
        );
        /// Where the nodes are that are known to be up: "address:port".
        fn live_nodes(self: &Client) -> Vec<String>;
        fn node_count(self: &Client) -> usize;
        /// Whether the cluster lets this user in: asked of one node, by a connection of its own that is closed again.
        fn check_login(self: &Client, user: &str, password: &str, done: UniquePtr<Completion>);
        /// Another client of the same cluster, on the same threads, as this user.
        fn open_as(self: &Client, user: &str, password: &str, done: UniquePtr<Completion>);

        type Prepared;
        fn markers(self: &Prepared) -> Vec<Column>;
        fn partition_key_indices(self: &Prepared) -> Vec<u16>;
        fn columns(self: &Prepared) -> Vec<Column>;

        type BatchContent;
        /// 0 logged, 1 unlogged, 2 counter.
        fn new_batch(kind: u8) -> Box<BatchContent>;
        fn add_text(self: &mut BatchContent, text: &str);
        fn add_prepared(self: &mut BatchContent, statement: &Prepared, values: &[u8]);

        type Reply;
        fn failure(self: &Reply) -> Failure;
        fn is_rows(self: &Reply) -> bool;
        fn row_count(self: &Reply) -> usize;
        fn result_columns(self: &Reply) -> Vec<Column>;
        /// Whether the rows have the columns that PREPARE said.
        fn has_columns_of(self: &Reply, statement: &Prepared) -> bool;
        /// Row after row, each cell a [bytes]; borrowed.
        fn content(self: &Reply) -> &[u8];
        fn has_more(self: &Reply) -> bool;
        fn paging_state(self: &Reply) -> &[u8];
        fn warnings(self: &Reply) -> Vec<String>;
        /// 16 bytes, or none.
        fn tracing_id(self: &Reply) -> Vec<u8>;
        /// Of PREPARE, once.
        fn take_prepared(self: &mut Reply) -> Box<Prepared>;
        /// Of ring_of: the last token of each run of tokens that have the same owners, ascending.
        fn borders(self: &Reply) -> &[i64];
        /// Of ring_of: how many nodes own rows of the keyspace.
        fn owner_count(self: &Reply) -> usize;
        /// Of open_as, once.
        fn take_client(self: &mut Reply) -> Box<Client>;
    }

    unsafe extern "C++" {
        include!("cluster/completion.h");
        type Completion;
        fn answered(done: UniquePtr<Completion>, reply: Box<Reply>);
    }
}

// SAFETY: a completion is only moved to the thread that answers, and used there once.
unsafe impl Send for ffi::Completion {}

use ffi::{Column, Completion, Failure, Options, Request};

/// Sessions at most, one for each keyspace that statements are relative to; of a client that is one of many, fewer.
const SESSIONS_MAX: usize = 128;
const SESSIONS_PER_USER_MAX: usize = 8;

type SessionCell = Arc<OnceCell<Arc<Session>>>;

struct Shared {
    builder: SessionBuilder,
    sessions: Mutex<HashMap<String, SessionCell>>,
    sessions_max: usize,
    rings: scans::Rings,
}

/// The cluster, as one user. The first one of a process owns the threads of all.
pub struct Client {
    base: Arc<Session>,
    shared: Arc<Shared>,
    /// How others are made: without contact points and a user.
    template: SessionBuilder,
    contact_points: Vec<String>,
    threads: Handle,
    range_reads: Arc<RangeReads>,
    _runtime: Option<Runtime>,
}

/// A statement that the cluster knows, and the keyspace in which it has to be prepared again.
pub struct Prepared {
    statement: PreparedStatement,
    keyspace: String,
}

pub struct BatchContent {
    batch: Batch,
    values: Vec<RawValues>,
}

/// What came of a request.
#[derive(Default)]
pub struct Reply {
    failure: Failure,
    rows: Option<QueryRowsResult>,
    /// Only where the frame's rows can't be borrowed.
    null_rows: Vec<u8>,
    paging: Option<PagingState>,
    paging_bytes: Vec<u8>,
    warnings: Vec<String>,
    tracing_id: Vec<u8>,
    prepared: Option<Box<Prepared>>,
    client: Option<Box<Client>>,
    ring: Ring,
}

/// Answers when dropped, so that a task that dies still does.
struct Promise(Option<UniquePtr<Completion>>);

impl Promise {
    fn keep(mut self, reply: Reply) {
        if let Some(done) = self.0.take() {
            ffi::answered(done, Box::new(reply));
        }
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(done) = self.0.take() {
            let failure = Failure {
                failed: true,
                message: "the connection to the cluster is closing".into(),
                ..Default::default()
            };
            ffi::answered(done, Box::new(Reply { failure, ..Default::default() }));
        }
    }
}

fn tls_context(options: &Options) -> Result<openssl::ssl::SslContext, String> {
    let explain = |e: openssl::error::ErrorStack| format!("TLS: {e}");
    let mut builder = SslContextBuilder::new(SslMethod::tls()).map_err(explain)?;
    if options.tls_ca.is_empty() {
        builder.set_default_verify_paths().map_err(explain)?;
    } else {
        builder.set_ca_file(Path::new(&options.tls_ca)).map_err(|e| format!("TLS: {}: {e}", options.tls_ca))?;
    }
    builder.set_verify(SslVerifyMode::PEER);
    if !options.tls_certificate.is_empty() {
        builder
            .set_certificate_chain_file(Path::new(&options.tls_certificate))
            .map_err(|e| format!("TLS: {}: {e}", options.tls_certificate))?;
        builder
            .set_private_key_file(Path::new(&options.tls_key), SslFiletype::PEM)
            .map_err(|e| format!("TLS: {}: {e}", options.tls_key))?;
    }
    Ok(builder.build())
}

fn balancing_of(options: &Options) -> Arc<dyn LoadBalancingPolicy> {
    let mut balancing = DefaultPolicy::builder().token_aware(true).permit_dc_failover(true);
    if !options.data_center.is_empty() {
        balancing = balancing.prefer_datacenter(options.data_center.clone());
    }
    balancing.build()
}

fn profile_of(options: &Options, balancing: Arc<dyn LoadBalancingPolicy>) -> ExecutionProfile {
    let mut profile = ExecutionProfile::builder()
        .request_timeout(Some(Duration::from_millis(u64::from(options.request_timeout_ms))))
        .load_balancing_policy(balancing);
    if options.speculative_after_ms > 0 {
        profile = profile.speculative_execution_policy(Some(Arc::new(SimpleSpeculativeExecutionPolicy {
            max_retry_count: 1,
            retry_interval: Duration::from_millis(u64::from(options.speculative_after_ms)),
        })));
    }
    profile.build()
}

fn connect(options: &Options) -> Result<Box<Client>, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(options.threads.max(1) as usize)
        .thread_name("cluster")
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    let connections = NonZeroUsize::new(options.connections_per_node as usize).unwrap_or(NonZeroUsize::MIN);
    let balancing = balancing_of(options);
    let mut template = SessionBuilder::new()
        .pool_size(PoolSize::PerHost(connections))
        .default_execution_profile_handle(profile_of(options, balancing.clone()).into_handle())
        .schema_agreement_timeout(Duration::from_secs(30));
    if options.tls {
        template = template.tls_context(Some(tls_context(options)?));
    }
    let mut builder = template.clone().known_nodes(&options.contact_points);
    if !options.user.is_empty() {
        builder = builder.user(&options.user, &options.password);
    }
    let base = runtime.block_on(builder.build()).map_err(|e| e.to_string())?;
    Ok(Box::new(Client {
        base: Arc::new(base),
        shared: Arc::new(Shared {
            builder,
            sessions: Mutex::default(),
            sessions_max: SESSIONS_MAX,
            rings: Default::default(),
        }),
        template,
        contact_points: options.contact_points.clone(),
        threads: runtime.handle().clone(),
        range_reads: Arc::new(RangeReads::new(options, balancing)),
        _runtime: Some(runtime),
    }))
}

/// Which session knows what unqualified names mean.
async fn session_for(base: Arc<Session>, shared: Arc<Shared>, keyspace: &str) -> Result<Arc<Session>, Failure> {
    if keyspace.is_empty() {
        return Ok(base);
    }
    let cell = {
        let mut sessions = shared.sessions.lock().expect("nothing panics while it is held");
        if sessions.len() >= shared.sessions_max && !sessions.contains_key(keyspace) {
            // Any: those who use it hold it, and who comes back gets a new one.
            let victim = sessions.keys().next().cloned();
            if let Some(name) = victim {
                sessions.remove(&name);
            }
        }
        sessions.entry(keyspace.to_owned()).or_default().clone()
    };
    let built = cell
        .get_or_try_init(|| async {
            let session = shared.builder.build().await?;
            session.use_keyspace(keyspace, true).await?;
            Ok::<_, NewSessionError>(Arc::new(session))
        })
        .await;
    built.cloned().map_err(|error| {
        shared.sessions.lock().expect("nothing panics while it is held").remove(keyspace);
        failure::of_session(&error)
    })
}

/// An owned copy of a request.
struct Terms {
    consistency: Consistency,
    serial: SerialConsistency,
    page_size: i32,
    paging: PagingState,
    timestamp: Option<i64>,
    tracing: bool,
    idempotent: bool,
    range_token: Option<i64>,
}

impl Terms {
    fn of(request: &Request) -> Self {
        Terms {
            consistency: Consistency::try_from(request.consistency).unwrap_or_default(),
            serial: if request.serial_consistency == 9 {
                SerialConsistency::LocalSerial
            } else {
                SerialConsistency::Serial
            },
            page_size: request.page_size,
            paging: if request.paging_state.is_empty() {
                PagingState::start()
            } else {
                PagingState::new_from_raw_bytes(request.paging_state)
            },
            timestamp: request.has_timestamp.then_some(request.timestamp_us),
            tracing: request.tracing,
            idempotent: request.idempotent,
            range_token: request.has_range.then_some(request.range_token),
        }
    }
}

macro_rules! apply_terms {
    ($statement:expr, $terms:expr) => {
        $statement.set_consistency($terms.consistency);
        $statement.set_serial_consistency(Some($terms.serial));
        $statement.set_timestamp($terms.timestamp);
        $statement.set_tracing($terms.tracing);
        $statement.set_is_idempotent($terms.idempotent);
    };
}

fn reply_to(outcome: Result<(QueryResult, PagingStateResponse), ExecutionError>, terms: &Terms) -> Reply {
    let (result, paging) = match outcome {
        Ok(both) => both,
        Err(e) => return Reply { failure: failure_of(&e, terms.consistency as u16, terms.idempotent), ..Default::default() },
    };
    let mut reply = Reply {
        warnings: result.warnings().map(str::to_owned).collect(),
        tracing_id: result.tracing_id().map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
        ..Default::default()
    };
    if result.is_rows() {
        match result.into_rows_result() {
            Ok(rows) => {
                reply.null_rows = values::null_rows(&rows);
                reply.rows = Some(rows);
            }
            Err(e) => {
                reply.failure = Failure {
                    failed: true,
                    message: format!("The cluster's answer can't be read: {e}"),
                    ..Default::default()
                };
            }
        }
    }
    if let PagingStateResponse::HasMorePages { state } = paging {
        reply.paging_bytes = state.as_bytes_slice().map(|b| b.to_vec()).unwrap_or_default();
        reply.paging = Some(state);
    }
    reply
}

impl Client {
    fn start<F>(&self, done: UniquePtr<Completion>, work: F)
    where
        F: std::future::Future<Output = Reply> + Send + 'static,
    {
        let promise = Promise(Some(done));
        self.threads.spawn(async move { promise.keep(work.await) });
    }

    /// Runs the work with the session of a keyspace, or says why there is none.
    fn start_in<F>(&self, keyspace: &str, done: UniquePtr<Completion>, work: impl FnOnce(Arc<Session>) -> F + Send + 'static)
    where
        F: std::future::Future<Output = Reply> + Send + 'static,
    {
        let (base, shared, keyspace) = (self.base.clone(), self.shared.clone(), keyspace.to_owned());
        self.start(done, async move {
            match session_for(base, shared, &keyspace).await {
                Ok(session) => work(session).await,
                Err(failure) => Reply { failure, ..Default::default() },
            }
        });
    }

    fn query(&self, keyspace: &str, text: &str, request: &Request, done: UniquePtr<Completion>) {
        let terms = Terms::of(request);
        let mut statement = Statement::new(text);
        apply_terms!(statement, terms);
        self.start_in(keyspace, done, move |session| async move {
            let outcome = if terms.page_size > 0 {
                statement.set_page_size(terms.page_size);
                session.query_single_page(statement, (), terms.paging.clone()).await
            } else {
                session.query_unpaged(statement, ()).await.map(|r| (r, PagingStateResponse::NoMorePages))
            };
            reply_to(outcome, &terms)
        });
    }

    fn prepare(&self, keyspace: &str, text: &str, done: UniquePtr<Completion>) {
        let statement = Statement::new(text);
        let name = keyspace.to_owned();
        self.start_in(keyspace, done, move |session| async move {
            match session.prepare(statement).await {
                Ok(mut statement) => {
                    statement.set_use_cached_result_metadata(false);
                    Reply { prepared: Some(Box::new(Prepared { statement, keyspace: name })), ..Default::default() }
                }
                Err(e) => {
                    let failure = failure_of(&ExecutionError::from(e), 0, true);
                    Reply { failure, ..Default::default() }
                }
            }
        });
    }

    fn execute(&self, prepared: &Prepared, values: &[u8], request: &Request, done: UniquePtr<Completion>) {
        let values = RawValues(values.to_vec());
        let terms = Terms::of(request);
        let mut statement = prepared.statement.clone();
        apply_terms!(statement, terms);
        let range_reads = terms.range_token.map(|token| (self.range_reads.clone(), token));
        self.start_in(&prepared.keyspace, done, move |session| async move {
            let _place = match range_reads {
                Some((reads, token)) => match reads.begin(&session, &mut statement, token).await {
                    Ok(place) => place,
                    Err(failure) => return Reply { failure, ..Default::default() },
                },
                None => None,
            };
            let outcome = if terms.page_size > 0 {
                statement.set_page_size(terms.page_size);
                session.execute_single_page(&statement, values, terms.paging.clone()).await
            } else {
                session.execute_unpaged(&statement, values).await.map(|r| (r, PagingStateResponse::NoMorePages))
            };
            reply_to(outcome, &terms)
        });
    }

    fn run_batch(&self, keyspace: &str, content: &BatchContent, request: &Request, done: UniquePtr<Completion>) {
        let terms = Terms::of(request);
        let mut batch = content.batch.clone();
        apply_terms!(batch, terms);
        let values = content.values.clone();
        self.start_in(keyspace, done, move |session| async move {
            let outcome = session.batch(&batch, values).await.map(|r| (r, PagingStateResponse::NoMorePages));
            reply_to(outcome, &terms)
        });
    }

    fn live_nodes(&self) -> Vec<String> {
        let state = self.base.get_cluster_state();
        state.get_nodes_info().iter().filter(|n| n.is_connected()).map(|n| n.address.to_string()).collect()
    }

    fn node_count(&self) -> usize {
        self.base.get_cluster_state().get_nodes_info().len()
    }
}

fn column_of(spec: &scylla::frame::response::result::ColumnSpec) -> Column {
    Column {
        keyspace: spec.table_spec().ks_name().to_owned(),
        table: spec.table_spec().table_name().to_owned(),
        name: spec.name().to_owned(),
        type_class: class_name(spec.typ()),
    }
}

impl Prepared {
    fn markers(&self) -> Vec<Column> {
        self.statement.get_variable_col_specs().iter().map(column_of).collect()
    }

    /// In the order of the partition key's columns.
    fn partition_key_indices(&self) -> Vec<u16> {
        let mut found: Vec<_> = self.statement.get_variable_pk_indexes().iter().map(|i| (i.sequence, i.index)).collect();
        found.sort_unstable();
        found.into_iter().map(|(_, index)| index).collect()
    }

    fn columns(&self) -> Vec<Column> {
        self.statement.get_current_result_set_col_specs().get().iter().map(column_of).collect()
    }
}

fn new_batch(kind: u8) -> Box<BatchContent> {
    let kind = match kind {
        0 => BatchType::Logged,
        1 => BatchType::Unlogged,
        _ => BatchType::Counter,
    };
    Box::new(BatchContent { batch: Batch::new(kind), values: Vec::new() })
}

impl BatchContent {
    fn add_text(&mut self, text: &str) {
        self.batch.append_statement(text);
        self.values.push(RawValues(Vec::new()));
    }

    fn add_prepared(&mut self, prepared: &Prepared, values: &[u8]) {
        self.batch.append_statement(prepared.statement.clone());
        self.values.push(RawValues(values.to_vec()));
    }
}

impl Reply {
    fn failure(&self) -> Failure {
        self.failure.clone()
    }

    fn is_rows(&self) -> bool {
        self.rows.is_some()
    }

    fn row_count(&self) -> usize {
        self.rows.as_ref().map_or(0, |rows| rows.rows_num())
    }

    fn result_columns(&self) -> Vec<Column> {
        self.rows.as_ref().map_or_else(Vec::new, |rows| rows.column_specs().iter().map(column_of).collect())
    }

    // As they were when the statement was prepared, which is when the gateway asked for them; the driver's later view
    // of them, which it recommends instead, is not what clients were told.
    #[allow(deprecated)]
    fn has_columns_of(&self, prepared: &Prepared) -> bool {
        self.rows
            .as_ref()
            .is_none_or(|rows| rows.column_specs().as_slice() == prepared.statement.get_result_set_col_specs().as_slice())
    }

    fn content(&self) -> &[u8] {
        if !self.null_rows.is_empty() {
            return &self.null_rows;
        }
        self.rows.as_ref().map_or(&[], |rows| raw_rows(rows))
    }

    fn has_more(&self) -> bool {
        self.paging.is_some()
    }

    fn paging_state(&self) -> &[u8] {
        &self.paging_bytes
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn tracing_id(&self) -> Vec<u8> {
        self.tracing_id.clone()
    }

    fn take_prepared(&mut self) -> Box<Prepared> {
        self.prepared.take().expect("only of the answer to a PREPARE that did not fail, once")
    }

    fn take_client(&mut self) -> Box<Client> {
        self.client.take().expect("only of the answer to a login that did not fail, once")
    }
}
