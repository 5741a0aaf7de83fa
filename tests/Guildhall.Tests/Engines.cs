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

    internal static TheoryDataRow<Engine> PostgresRow()
    {
        var isMissing = Postgres is null && Environment.GetEnvironmentVariable("CI") != "true";
        return new TheoryDataRow<Engine>(Engine.Postgres) { Skip = isMissing ? $"no PostgreSQL: set {PostgresVariable}, or run make test" : null };
    }
}

/// <summary>Runs a theory on PostgreSQL alone, for what only a server can do.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresOnlyAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([EveryEngineAttribute.PostgresRow()]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
