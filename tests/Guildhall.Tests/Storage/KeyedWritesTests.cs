using System.Data.Common;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

public sealed class KeyedWritesTests
{
    /// <summary>The connection is lost in the commit, once after it happened and once before.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_of_which_nobody_knows_is_answered_and_done_once(bool happens)
    {
        await using var file = await TestStore.CreateAsync(Engine.Sqlite);
        await using var store = new Store(new ForgetfulDialect(new SqliteDialect(file.Setting), happens));
        var request = KeyedRequest.Of("the-key", "POST", "/path"u8, "body"u8, DateTimeOffset.UnixEpoch);
        var caller = new Caller("account", "name", "project", "name", "user", "name", Role.Admin) { Request = request };
        var runs = 0;

        var result = await store.WriteAsync<string>(
            caller,
            async transaction =>
            {
                var id = $"run-{++runs}";
                await transaction.ExecuteAsync("INSERT INTO settings (name, value) VALUES (@name, '')", [("name", id)]);
                return id;
            },
            CancellationToken.None);

        Assert.False(result.IsRefused(out _, out var answer));
        var there = await file.Store.ReadAsync(session => session.QueryAsync("SELECT name FROM settings", row => row.GetString(0)), CancellationToken.None);
        Assert.Equal([answer], there);
        Assert.Equal(happens ? ("run-1", 1) : ("run-2", 2), (answer, runs));
    }

    /// <summary>Loses its first answer.</summary>
    private sealed class ForgetfulDialect(Dialect inner, bool happens) : Dialect
    {
        private bool hasForgotten;

        public override string Name => inner.Name;

        public override ValueTask<Link> RentReaderAsync(CancellationToken cancellationToken) => inner.RentReaderAsync(cancellationToken);

        public override ValueTask ReturnReader(Link link) => inner.ReturnReader(link);

        public override Task ClearAsync(IReadOnlyList<string> tables, CancellationToken cancellationToken) => inner.ClearAsync(tables, cancellationToken);

        public override async Task<Result<T>> WriteAsync<T>(
            Func<Transaction, Task<Result<T>>> work, IReadOnlyCollection<string>? accounts, int size, Action leftWork, CancellationToken cancellationToken)
        {
            if (hasForgotten)
            {
                return await inner.WriteAsync(work, accounts, size, leftWork, cancellationToken);
            }

            hasForgotten = true;
            await inner.WriteAsync<T>(
                async transaction =>
                {
                    var result = await work(transaction);
                    return happens ? result : Refusal.Busy;
                },
                accounts,
                size,
                leftWork,
                cancellationToken);
            throw new OutcomeUnknownException(new IOException());
        }

        public override ValueTask<AccountVersions> FindVersionsAsync(string accountId) => inner.FindVersionsAsync(accountId);

        public override bool IsWorthRepeating(DbException exception) => inner.IsWorthRepeating(exception);

        public override Task LockForMigrationAsync(Session session) => inner.LockForMigrationAsync(session);

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
