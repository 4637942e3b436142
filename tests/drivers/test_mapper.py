"""cqlengine, the object mapper of the Python drivers."""

from __future__ import annotations

import datetime
import decimal
import uuid

import pytest
from cassandra.cqlengine import columns, connection, management
from cassandra.cqlengine.models import Model
from cassandra.cqlengine.query import BatchQuery
from cassandra.cqlengine.usertype import UserType
from cassandra.query import dict_factory


class Place(UserType):
    street = columns.Text()
    zip = columns.Integer()


class Person(Model):
    __table_name__ = "people"
    country = columns.Text(partition_key=True)
    born = columns.Date(primary_key=True, clustering_order="DESC")
    id = columns.UUID(primary_key=True, default=uuid.uuid4)
    name = columns.Text(required=True)
    height = columns.Float()
    fortune = columns.Decimal()
    tags = columns.Set(columns.Text)
    marks = columns.List(columns.Integer)
    notes = columns.Map(columns.Text, columns.Text)
    home = columns.UserDefinedType(Place)


@pytest.fixture
def mapped(target, keyspace):
    cluster = target.cluster(row_factory=dict_factory)
    connection.register_connection("mapper", session=cluster.connect(keyspace))
    for model in (Place, Person):
        model.__keyspace__ = keyspace
    Person.__connection__ = "mapper"
    management.sync_type(keyspace, Place, connection="mapper")
    management.sync_table(Person, keyspaces=[keyspace], connections=["mapper"])
    yield keyspace
    connection.unregister_connection("mapper")
    cluster.shutdown()


def born(year: int) -> datetime.date:
    return datetime.date(year, 2, 3)


def test_objects_come_back(mapped):
    made = Person.create(country="is", born=born(1990), name="Jón", height=1.5, fortune=decimal.Decimal("12.50"), tags={"a", "b"},
                         marks=[3, 1], notes={"k": "v"}, home=Place(street="Main", zip=7))
    got = Person.get(country="is", born=born(1990), id=made.id)
    assert (got.name, got.height, got.fortune, got.tags, got.marks, got.notes) == (
        "Jón", 1.5, decimal.Decimal("12.50"), {"a", "b"}, [3, 1], {"k": "v"})
    assert (got.home.street, got.home.zip) == ("Main", 7)


def test_changes_of_collections(mapped):
    made = Person.create(country="is", born=born(1990), name="Jón", tags={"a"}, marks=[1], notes={"k": "v"})
    made.tags.add("c")
    made.marks.append(2)
    made.notes["n"] = "w"
    made.height = 2.0
    made.save()
    Person.objects(country="is", born=born(1990), id=made.id).update(tags__add={"d"}, tags__remove={"a"}, marks__prepend=[0], notes__update={"k": "x"})
    got = Person.get(id=made.id, country="is", born=born(1990))
    assert (got.tags, got.marks, got.notes, got.height) == ({"c", "d"}, [0, 1, 2], {"k": "x", "n": "w"}, 2.0)


def test_queries(mapped):
    with BatchQuery(connection="mapper") as batch:
        for year in range(1950, 2000):
            Person.batch(batch).create(country="no", born=born(year), name=f"p{year}")
    people = Person.objects(country="no")
    assert people.count() == 50
    assert [person.name for person in people.limit(3)] == ["p1999", "p1998", "p1997"]
    assert [person.name for person in people.filter(born__lt=born(1953)).order_by("born")] == ["p1950", "p1951", "p1952"]
    assert list(people.filter(born__gte=born(1998)).values_list("name", flat=True)) == ["p1999", "p1998"]
    people.filter(born=born(1999)).first().delete()
    assert Person.objects(country="no").count() == 49


def test_the_model_grows(mapped):
    Person.create(country="is", born=born(1990), name="Jón")

    class Grown(Person):
        __table_name__ = "people"
        email = columns.Text()

    Grown.__keyspace__, Grown.__connection__ = mapped, "mapper"
    management.sync_table(Grown, keyspaces=[mapped], connections=["mapper"])
    Grown.objects(country="is").first().update(email="jon@example.org")
    assert Grown.objects(country="is").first().email == "jon@example.org"
    management.drop_table(Grown, keyspaces=[mapped], connections=["mapper"])
