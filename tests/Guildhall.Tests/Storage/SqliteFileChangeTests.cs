using Guildhall.Storage;
using Microsoft.Data.Sqlite;

namespace Guildhall.Tests.Storage;

/// <summary>Whether a file has changed is told from the memory that SQLite shares, as SQLite itself would tell it.</summary>
public sealed class SqliteFileChangeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("guildhall-test-").FullName;
    private readonly SqliteConnection one;
    private readonly SqliteConnection other;
    private readonly SqliteFileChange change;

    public SqliteFileChangeTests()
    {
        (one, other) = (Open(), Open());
        Run(one, "CREATE TABLE numbers (number bigint)");
        change = SqliteFileChange.Of(one);
    }

    [Fact]
    public void The_number_stays_while_nobody_commits()
    {
        var before = change.Now.Number;

        Run(other, "BEGIN IMMEDIATE; INSERT INTO numbers VALUES (1)");
        Assert.Equal(before, change.Now.Number);

        Run(other, "ROLLBACK");
        Run(one, "SELECT * FROM numbers");
        Assert.Equal(before, change.Now.Number);
    }

    [Fact]
    public void Every_commit_of_any_connection_makes_it_another()
    {
        HashSet<long> numbers = [change.Now.Number];
        for (var i = 0; i < 100; i++)
        {
            Run(i % 2 == 0 ? one : other, "INSERT INTO numbers VALUES (1)");
            Assert.True(numbers.Add(change.Now.Number));
        }
    }

    [Fact]
    public void So_does_a_commit_after_the_log_was_written_back_and_begun_anew()
    {
        Run(other, "INSERT INTO numbers VALUES (1)");
        Run(other, "PRAGMA wal_checkpoint(TRUNCATE)");
        var before = change.Now.Number;

        Run(other, "INSERT INTO numbers VALUES (1)");

        Assert.NotEqual(before, change.Now.Number);
    }

    [Fact]
    public void A_commit_can_be_discounted()
    {
        var before = change.Now;

        Run(one, "INSERT INTO numbers VALUES (1)");
        change.Discount(before);

        Assert.Equal(before.Number, change.Now.Number);
    }

    [Fact]
    public void But_not_together_with_one_of_somebody_else()
    {
        var before = change.Now;

        Run(one, "INSERT INTO numbers VALUES (1)");
        Run(other, "INSERT INTO numbers VALUES (1)");
        change.Discount(before);

        Assert.NotEqual(before.Number, change.Now.Number);
    }

    [Fact]
    public void Nor_one_that_somebody_has_seen()
    {
        var before = change.Now;

        Run(one, "INSERT INTO numbers VALUES (1)");
        var seen = change.Now;
        change.Discount(before);

        Assert.Equal(seen, change.Now);
        Assert.NotEqual(before.Number, seen.Number);
    }

    public void Dispose()
    {
        one.Dispose();
        other.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "file.db")};Pooling=False");
        connection.Open();
        Run(connection, "PRAGMA journal_mode = WAL");
        return connection;
    }
}
