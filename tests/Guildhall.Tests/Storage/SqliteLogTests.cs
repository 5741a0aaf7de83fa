using Microsoft.Data.Sqlite;

namespace Guildhall.Tests.Storage;

/// <summary>SQLite's write-ahead log, which grows for as long as anybody reads from it.</summary>
public sealed class SqliteLogTests
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>The log's place is given back by the writer: nobody has to stop the server for it.</summary>
    [Fact]
    public async Task A_log_that_somebody_made_grow_is_cut_once_they_are_gone()
    {
        await using var store = await TestStore.CreateAsync(Engine.Sqlite);
        var log = new FileInfo(store.Setting + "-wal");
        await using (var reader = await ReadAsync(store.Setting))
        {
            for (var i = 0; i < 80; i++)
            {
                await store.ExecuteAsync("INSERT INTO settings (name, value) VALUES (@name, @value)", ("name", $"large-{i}"), ("value", new string('x', Megabyte)));
            }

            log.Refresh();
            Assert.True(log.Length > 64 * Megabyte, $"{log.Length}");
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var i = 0; log.Length > 32 * Megabyte; i++)
        {
            patience.Token.ThrowIfCancellationRequested();
            await store.ExecuteAsync("INSERT INTO settings (name, value) VALUES (@name, '')", ("name", $"small-{i}"));
            log.Refresh();
        }

        Assert.Equal(80, await store.Store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM settings WHERE name LIKE 'large%'"), CancellationToken.None));
    }

    /// <summary>One who reads from the file as it is now, until it is closed.</summary>
    private static async Task<SqliteConnection> ReadAsync(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN; SELECT count(*) FROM settings";
        await command.ExecuteScalarAsync();
        return connection;
    }
}
