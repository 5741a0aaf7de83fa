using System.Diagnostics;
using Guildhall.Storage;

namespace Guildhall.Benchmarks;

/// <summary>SQLite or PostgreSQL: makes stores, and knows what the engine itself can do.</summary>
internal abstract class Engine
{
    public abstract string Name { get; }

    /// <summary>The engine's version, and what it does before a write is answered.</summary>
    public abstract Task<string> DescribeAsync();

    /// <summary>A table of numbers from 0, in a column <c>n</c>.</summary>
    public abstract string Series(long count);

    /// <summary>The lower-hex SHA-256 of a text.</summary>
    public abstract string TokenHash(string text);

    /// <summary>An empty store, as <see cref="Store.Open"/> takes it.</summary>
    public abstract Task<string> CreateAsync();

    /// <summary>The definitions of the indexes of a table that are not of a key.</summary>
    public abstract Task<IReadOnlyList<(string Name, string Sql)>> IndexesAsync(string store, string table);

    /// <summary>How often a table was read from end to end so far, where the engine counts that.</summary>
    public abstract Task<long?> CountFullReadsAsync(string store, string table);

    public abstract Task ExecuteAsync(string store, IEnumerable<string> statements);

    /// <summary>After many rows were written: what the engine does about them sooner or later, so that it does not while something is measured.</summary>
    public abstract Task SettleAsync(string store);

    public abstract Task<long> CountAsync(string store, string sql);

    /// <summary>What the engine's own processes have taken; null where it has none.</summary>
    public abstract TimeSpan? ProcessorTime { get; }

    /// <summary>The statements of one invitation at its best, on a store of its own that is seeded like Guildhall's.</summary>
    public abstract Task<Yardstick> InviteAsync(string store, TimeSpan time);

    /// <summary>One statement, or one transaction, that writes so many invitations.</summary>
    public abstract Task<Yardstick> InviteManyAsync(string store, int rows, TimeSpan time);

    /// <summary>One invitation at a time, each flushed.</summary>
    public abstract Yardstick InviteAlone(string store);

    public async Task<string> CreateAsync(Seed seed)
    {
        var setting = await CreateAsync();
        await using (var store = Store.Open(setting))
        {
            await store.MigrateAsync(default);
        }

        await ExecuteAsync(setting, seed.Statements(this));
        await using (var store = Store.Open(setting, StoreKey.Of(setting)))
        {
            await store.PrepareSecretsAsync(TimeProvider.System, default); // as the first start would, before anything is measured
        }

        await SettleAsync(setting);
        return setting;
    }
}

/// <summary>What a figure is held against: something that does only the part which cannot be left out.</summary>
/// <param name="RunAsync">Runs it for so long.</param>
internal sealed record Yardstick(string Name, Func<TimeSpan, Task<Sample>> RunAsync);

/// <summary>What one round measured.</summary>
/// <param name="PerSecond">Calls, or transactions.</param>
/// <param name="P50">In milliseconds, as <paramref name="P99"/>.</param>
internal sealed record Sample(double PerSecond, double P50 = double.NaN, double P99 = double.NaN)
{
    public double MegabytesPerSecond { get; init; } = double.NaN;

    /// <summary>Processor time of a call, in the server and in the engine's processes, in microseconds.</summary>
    public double ServerMicroseconds { get; init; } = double.NaN;

    public double EngineMicroseconds { get; init; } = double.NaN;

    public double FlushesPerCall { get; init; } = double.NaN;

    public double ResidentMegabytes { get; init; } = double.NaN;

    public double RefusedShare { get; init; }

    /// <summary>Of what followed at once; of an overload only.</summary>
    public double RateAfter { get; init; } = double.NaN;

    /// <summary>Of calls that were made one after another.</summary>
    public static Sample Of(List<long> times)
    {
        var sorted = times.Order().ToArray();
        var seen = new Seen(sorted.Length, 0, sorted.Length * (double)Stopwatch.Frequency / times.Sum(), 0, sorted);
        return new Sample(seen.PerSecond, seen.Within(0.5), seen.Within(0.99));
    }
}
