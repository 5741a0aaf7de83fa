using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Guildhall.Tests;

/// <summary>The engines every HTTP and storage test runs on.</summary>
public enum Engine
{
    Sqlite,
    Postgres,
}

/// <summary>Runs a theory on every engine. Without PostgreSQL its rows are skipped here and fail in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryEngineAttribute : DataAttribute
{
    /// <summary>Names the connection string of a PostgreSQL that tests may fill; <c>make test</c> starts one.</summary>
    public const string PostgresVariable = "GUILDHALL_TEST_POSTGRES";

    public static string? Postgres => Environment.GetEnvironmentVariable(PostgresVariable) is { Length: > 0 } setting ? setting : null;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([new TheoryDataRow<Engine>(Engine.Sqlite), PostgresRow()]);

    public override bool SupportsDiscoveryEnumeration() => true;

    internal static TheoryDataRow<Engine> PostgresRow() => new(Engine.Postgres) { Skip = WhySkipped };

    /// <summary>Why there are no tests on PostgreSQL; null where there are.</summary>
    internal static string? WhySkipped =>
        Postgres is null && Environment.GetEnvironmentVariable("CI") != "true" ? $"no PostgreSQL: set {PostgresVariable}, or run make test" : null;
}

/// <summary>Runs a theory on PostgreSQL alone, for what only a server can do.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresOnlyAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([EveryEngineAttribute.PostgresRow()]);

    public override bool SupportsDiscoveryEnumeration() => true;
}

/// <summary>
/// Runs a race on every engine, and on PostgreSQL beside the server and some milliseconds away: what queues up, and who meets whom, depends on that.
/// The test takes the engine and the delay, which it hands to <see cref="TestService.StartAsync"/> or <see cref="TestStore.CreateAsync"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryDistanceAttribute : DataAttribute
{
    private static readonly int[] Delays = [0, 1, 4];

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => new([
        new TheoryDataRow<Engine, int>(Engine.Sqlite, 0),
        .. Delays.Select(delay => new TheoryDataRow<Engine, int>(Engine.Postgres, delay) { Skip = EveryEngineAttribute.WhySkipped }),
    ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
