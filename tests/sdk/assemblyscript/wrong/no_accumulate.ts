// 4: an aggregate has at least accumulate(…): void

@aggregate
class Total { sum: i64 = 0; finish(): i64 { return this.sum; } }
