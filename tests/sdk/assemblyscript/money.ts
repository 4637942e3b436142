// Types that shop.ts imports.

@tuple
export class Money {
  constructor(public cents: i64, public currency: string) {}

  plus(other: Money): Money {
    if (other.currency != this.currency) throw new Error(this.currency + " and " + other.currency);
    return new Money(this.cents + other.cents, this.currency);
  }
}

@usertype("line_of_order")
export class Line {
  item: string;
  price: Money;
}

@vector(2)
export type Point = StaticArray<f64>;

export type Lines = Array<Line>;
