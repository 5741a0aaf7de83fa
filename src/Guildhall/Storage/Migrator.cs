using System.Data.Common;
using System.Globalization;
using System.Reflection;
using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>Brings a store to this version's schema: numbered steps, one transaction each.</summary>
public static class Migrator
{
    /// <summary>The table that says which steps a store has taken.</summary>
    internal const string StepsTable = "schema_steps";

    private const string Prefix = "migrations/";
    private const string Reached = "SELECT coalesce(max(number), 0) FROM schema_steps";

    /// <summary>The newest schema this program knows.</summary>
    public static int Newest { get; } = Steps().Max(step => step.Number);

    /// <summary>Runs the steps that are missing. Processes that start together take turns.</summary>
    /// <exception cref="NewerSchemaException">The store belongs to a newer Guildhall.</exception>
    public static Task MigrateAsync(this Store store, CancellationToken cancellationToken) => store.MigrateAsync([.. Steps()], cancellationToken);

    /// <summary>Runs those of the steps that are missing. Where none is, nothing is written: a role that may not create tables can start.</summary>
    internal static async Task MigrateAsync(this Store store, IReadOnlyList<MigrationStep> steps, CancellationToken cancellationToken)
    {
        if (await FindReachedAsync(store, cancellationToken) == steps[^1].Number)
        {
            return;
        }

        _ = await store.WriteOwnAsync(
            async transaction =>
            {
                await store.Dialect.LockForMigrationAsync(transaction);
                await transaction.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_steps (number bigint NOT NULL PRIMARY KEY, name text NOT NULL)");
                return new Done();
            },
            cancellationToken);
        foreach (var step in steps)
        {
            _ = await store.WriteOwnAsync(transaction => RunAsync(store, step, steps[^1].Number, transaction), cancellationToken);
        }
    }

    /// <summary>The last step that the store has; null when it cannot be read, and the first write will tell why.</summary>
    private static async Task<long?> FindReachedAsync(Store store, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAsync(session => session.CountAsync(Reached, cancellationToken: cancellationToken), cancellationToken);
        }
        catch (DbException)
        {
            return null;
        }
    }

    private static async Task<Done> RunAsync(Store store, MigrationStep step, int newest, Transaction transaction)
    {
        await store.Dialect.LockForMigrationAsync(transaction);
        var reached = await transaction.CountAsync(Reached);
        if (reached > newest)
        {
            throw new NewerSchemaException(reached, newest);
        }

        if (reached < step.Number)
        {
            await transaction.ExecuteAsync(step.Sql);
            await transaction.ExecuteAsync(
                "INSERT INTO schema_steps (number, name) VALUES (@number, @name)", [("number", step.Number), ("name", step.Name)]);
        }

        return new Done();
    }

    internal static IEnumerable<MigrationStep> Steps()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                var file = name[Prefix.Length..];
                return new MigrationStep(int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture), file, reader.ReadToEnd());
            });
    }
}

/// <summary>A numbered step from one schema to the next.</summary>
internal sealed record MigrationStep(int Number, string Name, string Sql);

/// <summary>The store's schema is newer than this program; going on could lose what the newer one wrote.</summary>
public sealed class NewerSchemaException(long found, int known) : Exception(
    $"The store has schema {found}, and this Guildhall knows schemas up to {known}. Start a Guildhall at least as new as the one that wrote it, or restore a backup.");
