using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Storage;

/// <summary>Writes for a caller who may send the same request again.</summary>
internal static class KeyedWrites
{
    private const int WritesPerPruning = 16;

    /// <summary>
    /// As <see cref="Store.WriteSharedAsync"/>, and a caller whose request carries a key gets its first answer again, for a day.
    /// The key is recorded with the change in one transaction, and refusals are not recorded.
    /// </summary>
    /// <remarks>
    /// The work decides on the caller's own affairs. Whatever it changes of another account is a row that is there already, whose version says
    /// whether somebody else changed it meanwhile; so the invitees of one inviter do not wait for each other.
    /// </remarks>
    /// <typeparam name="T">One of those that <see cref="StoredJson"/> lists.</typeparam>
    /// <param name="size">About how many rows it adds; they are taken from the caller's <see cref="WriteBudget"/>.</param>
    /// <param name="others">Accounts on whose affairs it decides too; see <see cref="Store.WriteSharedAsync"/>.</param>
    public static async Task<Result<T>> WriteAsync<T>(
        this Store store,
        Caller caller,
        Func<Transaction, Task<Result<T>>> work,
        CancellationToken cancellationToken,
        int size = 1,
        IReadOnlyCollection<string>? others = null)
    {
        if (caller.Budget?.WhyNot(caller.AccountId, caller.AccountName, size) is { } exhausted)
        {
            return exhausted;
        }

        return await store.WriteAsync(caller, [caller.AccountId, .. others ?? []], work, size, cancellationToken);
    }

    private static async Task<Result<T>> WriteAsync<T>(
        this Store store, Caller caller, string[] accounts, Func<Transaction, Task<Result<T>>> work, int size, CancellationToken cancellationToken)
    {
        if (caller.Request is not { } request)
        {
            return await store.WriteSharedAsync(accounts, work, cancellationToken, size);
        }

        var result = await store.RecordAsync(caller, request, accounts, work, size, cancellationToken);
        if (!result.IsRefused(out var refusal))
        {
            return result;
        }

        // A repetition ends here: its key is taken, or the change that it asks for is made already and refused the second time.
        var found = await store.WriteSharedAsync<(string Fingerprint, string Answer)>(
            [],
            async transaction => await transaction.ConfirmAnswerAsync(caller.ProjectId, request, cancellationToken) is { } answer ? answer : refusal,
            cancellationToken);
        if (!found.IsRefused(out _, out var earlier))
        {
            return request.DifferenceFrom(earlier.Fingerprint) is { } difference
                ? Refusal.KeyReused.Because(difference)
                : JsonSerializer.Deserialize(earlier.Answer, TypeOf<T>())!;
        }

        // The key was taken and has turned a day old since.
        return refusal == Refusal.KeyReused ? await store.WriteAsync(caller, accounts, work, size, cancellationToken) : result;
    }

    private static async Task<Result<T>> RecordAsync<T>(
        this Store store, Caller caller, KeyedRequest request, string[] accounts, Func<Transaction, Task<Result<T>>> work, int size, CancellationToken cancellationToken)
    {
        try
        {
            return await RecordOnceAsync();
        }
        catch (OutcomeUnknownException)
        {
            return await RecordOnceAsync(); // if it was committed, the key is taken now
        }

        Task<Result<T>> RecordOnceAsync() =>
            store.WriteSharedAsync(accounts, transaction => RecordAsync(transaction, caller, request, work, cancellationToken), cancellationToken, size);
    }

    /// <remarks>The unique key decides. Looking first only spares the work, and its undoing, where the key is long taken.</remarks>
    private static async Task<Result<T>> RecordAsync<T>(
        Transaction transaction, Caller caller, KeyedRequest request, Func<Transaction, Task<Result<T>>> work, CancellationToken cancellationToken)
    {
        // Asked for at once, so that they can share a round trip.
        var most = caller.Budget?.IdempotencyKeys ?? 0;
        var finding = (
            IsTaken: transaction.IsTakenAsync(caller.ProjectId, request, cancellationToken),
            Oldest: most > 0 ? transaction.FindOldestKeyAsync(caller.AccountId, most, request, cancellationToken) : Task.FromResult<DateTimeOffset?>(null));
        if (await finding.IsTaken)
        {
            return Refusal.KeyReused;
        }

        if (await finding.Oldest is { } oldest)
        {
            var wait = oldest - request.Forgotten;
            var refusal = Refusal.TooManyKeys.Because(
                $"account {caller.AccountName} has used {most} values of Idempotency-Key within {KeyedRequest.Lifetime.TotalHours} hours; try again in {Math.Ceiling(wait.TotalSeconds)} s");
            return refusal with { RetryAfter = wait };
        }

        var result = await work(transaction);
        if (result.IsRefused(out _, out var value))
        {
            return result;
        }

        if (!await transaction.TryAddAsync(caller.AccountId, caller.ProjectId, request, JsonSerializer.Serialize(value, TypeOf<T>()), cancellationToken))
        {
            return Refusal.KeyReused; // undoes the work
        }

        // Seldom, so that writes at the same time do not all reach for the same old rows.
        if (RandomNumberGenerator.GetInt32(WritesPerPruning) == 0)
        {
            await transaction.PruneRequestsAsync(request.Forgotten, cancellationToken);
        }

        return result;
    }

    private static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)StoredJson.Readable.GetTypeInfo(typeof(T))!;
}
