import sqlite3
c = sqlite3.connect(":memory:")
c.execute("create table t (a)")
c.executemany("insert into t values (?)", [(i,) for i in range(10)])
print(c.execute("select sum(a) from t").fetchone())
