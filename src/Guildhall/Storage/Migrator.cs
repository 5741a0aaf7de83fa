using System.Globalization;
using System.Reflection;
using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>Brings a store to this version's schema: numbered steps, one transaction each.</summary>
public static class Migrator
{
    private const string Prefix = "migrations/";

    /// <summary>The newest schema this program knows.</summary>
    public static int Newest { get; } = Steps().Max(step => step.Number);

    /// <summary>Runs the steps that are missing. Processes that start together take turns.</summary>
    /// <exception cref="NewerSchemaException">The store belongs to a newer Guildhall.</exception>
    public static async Task MigrateAsync(this Store store, CancellationToken cancellationToken)
    {
        await store.WriteAsync<Done>(
            async transaction =>
            {
                await store.Dialect.LockForMigrationAsync(transaction);
                await transaction.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_steps (number bigint NOT NULL PRIMARY KEY, name text NOT NULL)");
                return new Done();
            },
            cancellationToken);
        foreach (var step in Steps())
        {
            await store.WriteAsync<Done>(transaction => RunAsync(store, step, transaction), cancellationToken);
        }
    }

    private static async Task<Result<Done>> RunAsync(Store store, Step step, Transaction transaction)
    {
        await store.Dialect.LockForMigrationAsync(transaction);
        var reached = await transaction.CountAsync("SELECT coalesce(max(number), 0) FROM schema_steps");
        if (reached > Newest)
        {
            throw new NewerSchemaException(reached, Newest);
        }

        if (reached < step.Number)
        {
            await transaction.ExecuteAsync(step.Sql);
            await transaction.ExecuteAsync(
                "INSERT INTO schema_steps (number, name) VALUES (@number, @name)", [("number", step.Number), ("name", step.Name)]);
        }

        return new Done();
    }

    private static IEnumerable<Step> Steps()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                var file = name[Prefix.Length..];
                return new Step(int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture), file, reader.ReadToEnd());
            });
    }

    private sealed record Step(int Number, string Name, string Sql);
}

/// <summary>The store's schema is newer than this program; going on could lose what the newer one wrote.</summary>
public sealed class NewerSchemaException(long found, int known) : Exception(
    $"The store has schema {found}, and this Guildhall knows schemas up to {known}. Start a Guildhall at least as new as the one that wrote it, or restore a backup.");
