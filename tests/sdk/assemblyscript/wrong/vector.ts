// 3: a vector says its size: @vector(3) type Point = StaticArray<f32>

export function vector(v: StaticArray<f32>): f32 { return v[0]; }
