use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

use drivers::{body, builder, execute, keyspace, restart};
use futures::{StreamExt, TryStreamExt, stream};
use scylla::client::session::Session;
use scylla::errors::{DbError, ExecutionError, RequestAttemptError};
use scylla::frame::Compression;
use scylla::response::PagingState;
use scylla::statement::Statement;
use scylla::statement::batch::{Batch, BatchType};
use scylla::value::{MaybeUnset, Unset};

async fn rows<Row>(session: &Session, statement: &str) -> Vec<Row>
where
    Row: for<'f, 'm> scylla::deserialize::row::DeserializeRow<'f, 'm>,
{
    let answer = session.query_unpaged(statement, ()).await.unwrap().into_rows_result().unwrap();
    answer.rows::<Row>().unwrap().map(Result::unwrap).collect()
}

async fn error(session: &Session, statement: &str) -> DbError {
    match session.query_unpaged(statement, ()).await {
        Err(ExecutionError::LastAttemptError(RequestAttemptError::DbError(error, _))) => error,
        other => panic!("{statement}: {other:?}"),
    }
}

#[tokio::test]
async fn compression() {
    let (setup, name) = keyspace("compression").await;
    execute(&setup, "CREATE TABLE t (id int PRIMARY KEY, v text)").await;
    let text = "a long text that is worth to be compressed; ".repeat(5000);
    for (id, how) in [None, Some(Compression::Lz4), Some(Compression::Snappy)].into_iter().enumerate() {
        let session = builder().compression(how).use_keyspace(&name, false).build().await.unwrap();
        session.query_unpaged("INSERT INTO t (id, v) VALUES (?, ?)", (id as i32, &text)).await.unwrap();
        let got = rows::<(String,)>(&session, &format!("SELECT v FROM t WHERE id = {id}")).await;
        assert_eq!(got, [(text.clone(),)]);
    }
    execute(&setup, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn metadata() {
    let (session, name) = keyspace("metadata").await;
    execute(&session, "CREATE TYPE address (street text, numbers frozen<list<int>>)").await;
    execute(
        &session,
        "CREATE TABLE sensors (site text, day date, at timestamp, name text STATIC, v vector<float, 3>, home frozen<address>, \"Mixed\" map<int, frozen<set<text>>>,
         PRIMARY KEY ((site, day), at)) WITH CLUSTERING ORDER BY (at DESC)",
    )
    .await;
    session.await_schema_agreement().await.unwrap();
    session.refresh_metadata().await.unwrap();
    let state = session.get_cluster_state();
    let described = state.get_keyspace(&name).unwrap();
    assert!(described.durable_writes);
    let table = &described.tables["sensors"];
    assert_eq!(table.partition_key, ["site", "day"]);
    assert_eq!(table.clustering_key, ["at"]);
    assert_eq!(table.columns.len(), 7);
    assert!(table.columns.contains_key("Mixed"));
    let address = &described.user_defined_types["address"];
    let fields: Vec<_> = address.field_types.iter().map(|(field, _)| field.as_ref()).collect();
    assert_eq!(fields, ["street", "numbers"]);
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn null_unset_and_named_values() {
    let (session, name) = keyspace("values").await;
    execute(&session, "CREATE TABLE t (id int PRIMARY KEY, a text, b text)").await;
    let insert = session.prepare("INSERT INTO t (id, a, b) VALUES (:id, :a, :b)").await.unwrap();
    session.execute_unpaged(&insert, (1, "a", "b")).await.unwrap();
    session.execute_unpaged(&insert, (1, MaybeUnset::<&str>::Unset, None::<&str>)).await.unwrap();
    assert_eq!(rows::<(Option<String>, Option<String>)>(&session, "SELECT a, b FROM t").await, [(Some("a".into()), None)]);
    let named = HashMap::from([("b", "y"), ("a", "x")]);
    session.query_unpaged("UPDATE t SET a = :a, b = :b WHERE id = 2", &named).await.unwrap();
    assert_eq!(rows::<(String, String)>(&session, "SELECT a, b FROM t WHERE id = 2").await, [("x".into(), "y".into())]);
    assert!(session.execute_unpaged(&insert, (Unset, "a", "b")).await.is_err());
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn paging() {
    let (session, name) = keyspace("paging").await;
    execute(&session, "CREATE TABLE t (p int, c int, PRIMARY KEY (p, c))").await;
    let insert = session.prepare("INSERT INTO t (p, c) VALUES (?, ?)").await.unwrap();
    for i in 0..250 {
        session.execute_unpaged(&insert, (i / 50, i % 50)).await.unwrap();
    }
    let pages = session.query_iter(Statement::new("SELECT p, c FROM t").with_page_size(7), ()).await.unwrap();
    let mut all: Vec<_> = pages.rows_stream::<(i32, i32)>().unwrap().try_collect().await.unwrap();
    all.sort();
    assert_eq!(all, (0..250).map(|i| (i / 50, i % 50)).collect::<Vec<_>>());
    let statement = Statement::new("SELECT c FROM t WHERE p = 3").with_page_size(20);
    let mut state = PagingState::start();
    let mut by_hand = Vec::new();
    loop {
        let (page, next) = session.query_single_page(statement.clone(), (), state).await.unwrap();
        let page = page.into_rows_result().unwrap();
        by_hand.extend(page.rows::<(i32,)>().unwrap().map(|row| row.unwrap().0));
        match next.into_paging_control_flow() {
            ControlFlow::Break(()) => break,
            ControlFlow::Continue(next) => state = next,
        }
    }
    assert_eq!(by_hand, (0..50).collect::<Vec<_>>());
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn batches() {
    let (session, name) = keyspace("batches").await;
    execute(&session, "CREATE TABLE t (p int, c int, v text, PRIMARY KEY (p, c))").await;
    let insert = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)").await.unwrap();
    for (p, kind) in [(1, BatchType::Logged), (2, BatchType::Unlogged)] {
        let mut batch = Batch::new(kind);
        batch.append_statement(insert.clone());
        batch.append_statement("UPDATE t SET v = 'other' WHERE p = 100 AND c = ?");
        batch.append_statement("INSERT INTO t (p, c, v) VALUES (200, 0, 'literal')");
        batch.set_timestamp(Some(1234));
        session.batch(&batch, ((p, 1, "one"), (p,), ())).await.unwrap();
        let got = rows::<(String, i64)>(&session, &format!("SELECT v, writetime(v) FROM t WHERE p = {p}")).await;
        assert_eq!(got, [("one".to_string(), 1234)]);
    }
    assert_eq!(rows::<(i64,)>(&session, "SELECT count(*) FROM t WHERE p = 100").await, [(2,)]);
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn errors_and_warnings() {
    let (session, name) = keyspace("errors").await;
    execute(&session, "CREATE TABLE t (id int PRIMARY KEY, v int)").await;
    assert!(matches!(error(&session, "SELEC 1").await, DbError::SyntaxError));
    assert!(matches!(error(&session, "SELECT nothing FROM t").await, DbError::Invalid));
    assert!(matches!(error(&session, "SELECT * FROM t WHERE v = 1").await, DbError::Invalid));
    assert!(matches!(error(&session, "CREATE KEYSPACE x WITH replication = {'class': 'Nowhere'}").await, DbError::ConfigError));
    match error(&session, "CREATE TABLE t (id int PRIMARY KEY)").await {
        DbError::AlreadyExists { keyspace, table } => assert_eq!((keyspace, table), (name.clone(), "t".to_string())),
        other => panic!("{other:?}"),
    }
    let answer = session.query_unpaged("SELECT max(v) FROM t", ()).await.unwrap();
    assert_eq!(answer.warnings().collect::<Vec<_>>(), ["Aggregation query used without partition key"]);
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn functions() {
    let (session, name) = keyspace("functions").await;
    execute(&session, "CREATE TABLE t (id int PRIMARY KEY, v bigint)").await;
    for id in 0..100 {
        session.query_unpaged("INSERT INTO t (id, v) VALUES (?, ?)", (id, i64::from(id) * 10)).await.unwrap();
    }
    let header = "(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint";
    execute(&session, &format!("CREATE FUNCTION twice{header}{}", body("return 2 * v", "return 2 * v;"))).await;
    let pages = session.query_iter(Statement::new("SELECT id, twice(v) FROM t").with_page_size(30), ()).await.unwrap();
    let all: Vec<_> = pages.rows_stream::<(i32, i64)>().unwrap().try_collect().await.unwrap();
    assert_eq!(all.len(), 100);
    assert!(all.iter().all(|(id, doubled)| *doubled == i64::from(*id) * 20));
    execute(&session, &format!("CREATE FUNCTION broken{header}{}", body("error('no luck')", "throw new RuntimeException(\"no luck\");")))
        .await;
    match error(&session, "SELECT broken(v) FROM t WHERE id = 1").await {
        DbError::FunctionFailure { keyspace, function, arg_types } => {
            assert_eq!((keyspace, function, arg_types), (name.clone(), "broken".to_string(), vec!["bigint".to_string()]));
        }
        other => panic!("{other:?}"),
    }
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_requests() {
    let (session, name) = keyspace("load").await;
    execute(&session, "CREATE TABLE t (id int PRIMARY KEY, v text)").await;
    let insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)").await.unwrap();
    let select = session.prepare("SELECT id, v FROM t WHERE id = ?").await.unwrap();
    let (session, insert, select) = (&session, &insert, &select);
    stream::iter(0..10_000)
        .for_each_concurrent(500, |id: i32| async move {
            let value = format!("value {id}");
            session.execute_unpaged(insert, (id, &value)).await.unwrap();
            let answer = session.execute_unpaged(select, (id,)).await.unwrap().into_rows_result().unwrap();
            assert_eq!(answer.single_row::<(i32, String)>().unwrap(), (id, value));
        })
        .await;
    assert_eq!(rows::<(i64,)>(session, "SELECT count(*) FROM t").await, [(10_000,)]);
    execute(session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn a_prepared_statement_sees_a_new_column() {
    let (session, name) = keyspace("growing").await;
    execute(&session, "CREATE TABLE t (id int PRIMARY KEY, a int)").await;
    execute(&session, "INSERT INTO t (id, a) VALUES (1, 2)").await;
    let select = session.prepare("SELECT * FROM t WHERE id = ?").await.unwrap();
    let columns = async || {
        let answer = session.execute_unpaged(&select, (1,)).await.unwrap().into_rows_result().unwrap();
        answer.column_specs().len()
    };
    assert_eq!(columns().await, 2);
    execute(&session, "ALTER TABLE t ADD b text").await;
    assert_eq!(columns().await, 3);
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}

#[tokio::test]
async fn a_session_outlives_the_server_nacre_only() {
    let (session, name) = keyspace("restart").await;
    execute(&session, "CREATE TABLE t (id int PRIMARY KEY, v text)").await;
    let insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)").await.unwrap();
    let select = session.prepare("SELECT v FROM t WHERE id = ?").await.unwrap();
    session.execute_unpaged(&insert, (1, "before")).await.unwrap();
    restart().await;
    let mut answer = session.execute_unpaged(&select, (1,)).await;
    for _ in 0..600 {
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = session.execute_unpaged(&select, (1,)).await;
    }
    let (value,) = answer.unwrap().into_rows_result().unwrap().single_row::<(String,)>().unwrap();
    assert_eq!(value, "before");
    session.execute_unpaged(&insert, (2, "after")).await.unwrap();
    assert_eq!(rows::<(String,)>(&session, "SELECT v FROM t WHERE id = 2").await, [("after".to_string(),)]);
    execute(&session, &format!("DROP KEYSPACE {name}")).await;
}
