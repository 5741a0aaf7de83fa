using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

/// <summary>How PostgreSQL is asked the same of many.</summary>
public sealed class ManyFormTests
{
    [Theory]
    [InlineData(
        "SELECT id FROM accounts WHERE name = @name AND disabled_at IS NULL",
        "SELECT one.*, many.n FROM unnest($1) WITH ORDINALITY AS many (p0, n), LATERAL (SELECT id FROM accounts WHERE name = many.p0 AND disabled_at IS NULL) AS one")]
    [InlineData(
        "INSERT INTO accounts (id, name, created_at)\nVALUES (@id, @name, 0)",
        "INSERT INTO accounts (id, name, created_at) SELECT many.p0, many.p1, 0 FROM unnest($1, $2) WITH ORDINALITY AS many (p0, p1, n)")]
    [InlineData(
        "INSERT INTO accounts (id, name, disabled_at) VALUES (@id, @name, @absent)",
        "INSERT INTO accounts (id, name, disabled_at) SELECT many.p0, many.p1, NULL FROM unnest($1, $2) WITH ORDINALITY AS many (p0, p1, n)")]
    [InlineData(
        "UPDATE accounts SET name = @name WHERE id = @id",
        "UPDATE accounts SET name = many.p0 FROM unnest($1, $2) WITH ORDINALITY AS many (p0, p1, n) WHERE id = many.p1 RETURNING many.n")]
    [InlineData(
        "DELETE FROM accounts WHERE id = @id",
        "DELETE FROM accounts USING unnest($1) WITH ORDINALITY AS many (p0, n) WHERE id = many.p0 RETURNING many.n")]
    public void A_statement_has_a_form_for_many(string sql, string expected)
    {
        var names = (string[])["id", "name", "absent"];
        var sets = Enumerable.Range(0, 2)
            .Select(n => names.Where(name => sql.Contains("@" + name, StringComparison.Ordinal)).Select(name => (name, (object?)(name == "absent" ? null : $"{name}-{n}"))).ToArray())
            .ToArray();

        var (text, parameters) = ManyForm.Of(sql)!.Bind(sets);

        Assert.Equal(expected, text);
        Assert.All(parameters, parameter => Assert.Equal(2, ((string[])parameter.Value!).Length));
    }

    [Theory]
    [InlineData("DELETE FROM accounts")]
    [InlineData("INSERT INTO accounts (id) VALUES (@id) ON CONFLICT (id) DO NOTHING")]
    [InlineData("INSERT INTO accounts (id) VALUES (lower(@id))")]
    [InlineData("UPDATE accounts SET name = @name WHERE id = @id RETURNING id")]
    [InlineData("SELECT count(*) FROM accounts")]
    [InlineData("BEGIN")]
    public void Any_other_statement_has_none(string sql) => Assert.Null(ManyForm.Of(sql));

    [Theory, EveryEngine]
    public async Task Many_are_answered_like_one_after_another(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        await store.Store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.QueueAsync(
                    "INSERT INTO accounts (id, name, disabled_at, created_at) VALUES (@id, @name, @disabled, @created)",
                    [.. Enumerable.Range(0, 5).Select(n => ((string, object?)[])[("id", $"id-{n}"), ("name", $"name-{n}"), ("disabled", n == 3 ? 7L : null), ("created", n)])],
                    default);
                await transaction.ChangeAllAsync(
                    "UPDATE accounts SET name = @name WHERE id = @id",
                    [[("name", "new"), ("id", "id-1")], [("name", "nobody"), ("id", "id-9")]],
                    default);
                return new Done();
            },
            default);

        var found = await store.Store.ReadAsync(
            session => session.QueryEachAsync(
                "SELECT id, name, disabled_at, created_at FROM accounts WHERE id = @id ORDER BY id",
                row => $"{row.GetString(0)} {row.GetString(1)} {(row.IsDBNull(2) ? "-" : row.GetInt64(2))} {row.GetInt64(3)}",
                [[("id", "id-3")], [("id", "id-9")], [("id", "id-1")]],
                default),
            default);

        Assert.Equal(["id-3 name-3 7 3", "id-1 new - 1"], found);
    }
}
