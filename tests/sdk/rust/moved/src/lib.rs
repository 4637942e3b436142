include!(concat!(env!("OUT_DIR"), "/functions.rs"));
