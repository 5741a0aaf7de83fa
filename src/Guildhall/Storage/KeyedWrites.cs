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
            return await store.RecallAsync<T>(caller, cancellationToken) ?? exhausted; // a repetition adds nothing
        }

        string[] accounts = [caller.AccountId, .. others ?? []];
        return caller.Request is { } request
            ? await new Keyed<T>(store, Sender.Of(caller, request), (whole, stop) => store.WriteSharedAsync(accounts, whole, stop, size)).WriteAsync(work, cancellationToken)
            : await store.WriteSharedAsync(accounts, work, cancellationToken, size);
    }

    /// <summary>As <see cref="Store.WriteAsync"/>, and a form that is sent twice gets its first answer again.</summary>
    /// <param name="form">Null for what comes from no form, as on the command line.</param>
    /// <inheritdoc cref="WriteAsync{T}(Store, Caller, Func{Transaction, Task{Result{T}}}, CancellationToken, int, IReadOnlyCollection{string}?)"/>
    public static Task<Result<T>> WriteAsync<T>(
        this Store store, SentForm? form, Func<Transaction, Task<Result<T>>> work, CancellationToken cancellationToken) =>
        form is null ? store.WriteAsync(work, cancellationToken) : new Keyed<T>(store, Sender.Of(form), store.WriteAsync).WriteAsync(work, cancellationToken);

    /// <summary>
    /// What a caller was answered that sends its request again, or that what its form showed has changed; null where neither is so. For work that looks at
    /// much before it writes: the write itself looks once more.
    /// </summary>
    public static async Task<Result<T>?> RecallAsync<T>(this Store store, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Request is not { } request)
        {
            return null;
        }

        if (await RecallAsync<T>(store, Sender.Of(caller, request), cancellationToken) is { } earlier)
        {
            return earlier;
        }

        if (request.Shown is null)
        {
            return null;
        }

        var looked = await store.WriteSharedAsync<Done>(
            [caller.AccountId],
            async transaction => await request.Shown.WhyNotAsync(transaction, cancellationToken) is { } changed ? changed : new Done(),
            cancellationToken);
        if (looked.IsRefused(out var refusal))
        {
            return refusal;
        }

        return null;
    }

    private static async Task<Result<T>?> RecallAsync<T>(Store store, Sender sender, CancellationToken cancellationToken)
    {
        var found = await store.WriteSharedAsync<(string Fingerprint, string Answer)>(
            [],
            async transaction => await transaction.ConfirmAnswerAsync(sender.KeysOf, sender.Request, cancellationToken) is { } answer ? answer : Refusal.KeyReused,
            cancellationToken);
        if (found.IsRefused(out _, out var earlier))
        {
            return null;
        }

        return sender.Request.DifferenceFrom(earlier.Fingerprint) is { } difference
            ? Refusal.KeyReused.Because(difference)
            : JsonSerializer.Deserialize(earlier.Answer, TypeOf<T>())!;
    }

    private static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)StoredJson.Readable.GetTypeInfo(typeof(T))!;

    /// <summary>Who sends a request with a key.</summary>
    /// <param name="KeysOf">The id of whose keys this one is among: a project's, or for what belongs to none a user's.</param>
    private sealed record Sender(string AccountId, string AccountName, string KeysOf, KeyedRequest Request, WriteBudget? Budget)
    {
        public static Sender Of(Caller caller, KeyedRequest request) => new(caller.AccountId, caller.AccountName, caller.ProjectId, request, caller.Budget);

        public static Sender Of(SentForm form) => new(form.AccountId, "", form.UserId, form.Request, Budget: null);
    }

    /// <param name="run">Runs work in a transaction.</param>
    private sealed class Keyed<T>(Store store, Sender sender, Func<Func<Transaction, Task<Result<T>>>, CancellationToken, Task<Result<T>>> run)
    {
        public async Task<Result<T>> WriteAsync(Func<Transaction, Task<Result<T>>> work, CancellationToken cancellationToken)
        {
            var result = await RecordAsync(work, cancellationToken);
            if (!result.IsRefused(out var refusal))
            {
                return result;
            }

            // A repetition ends here: its key is taken, or the change that it asks for is made already and refused the second time.
            if (await RecallAsync<T>(store, sender, cancellationToken) is { } earlier)
            {
                return earlier;
            }

            // The key was taken and has turned a day old since.
            return refusal == Refusal.KeyReused ? await WriteAsync(work, cancellationToken) : result;
        }

        private async Task<Result<T>> RecordAsync(Func<Transaction, Task<Result<T>>> work, CancellationToken cancellationToken)
        {
            try
            {
                return await run(transaction => RecordAsync(transaction, work, cancellationToken), cancellationToken);
            }
            catch (OutcomeUnknownException)
            {
                return await run(transaction => RecordAsync(transaction, work, cancellationToken), cancellationToken); // if it was committed, the key is taken now
            }
        }

        /// <remarks>The unique key decides. Looking first only spares the work, and its undoing, where the key is long taken.</remarks>
        private async Task<Result<T>> RecordAsync(Transaction transaction, Func<Transaction, Task<Result<T>>> work, CancellationToken cancellationToken)
        {
            // Asked for at once, so that they can share a round trip.
            var (request, most) = (sender.Request, sender.Budget?.IdempotencyKeys ?? 0);
            var finding = (
                IsTaken: transaction.IsTakenAsync(sender.KeysOf, request, cancellationToken),
                Oldest: most > 0 ? transaction.FindOldestKeyAsync(sender.AccountId, most, request, cancellationToken) : Task.FromResult<DateTimeOffset?>(null));
            if (await finding.IsTaken)
            {
                return Refusal.KeyReused;
            }

            if (await finding.Oldest is { } oldest)
            {
                var wait = oldest - request.Forgotten;
                var refusal = Refusal.TooManyKeys.Because(
                    $"account {sender.AccountName} has used {most} values of Idempotency-Key within {KeyedRequest.Lifetime.TotalHours} hours; try again in {Math.Ceiling(wait.TotalSeconds)} s");
                return refusal with { RetryAfter = wait };
            }

            if (request.Shown is { } shown && await shown.WhyNotAsync(transaction, cancellationToken) is { } changed)
            {
                return changed;
            }

            var result = await work(transaction);
            if (result.IsRefused(out _, out var value))
            {
                return result;
            }

            if (!await transaction.TryAddAsync(sender.AccountId, sender.KeysOf, request, JsonSerializer.Serialize(value, TypeOf<T>()), cancellationToken))
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
    }
}
