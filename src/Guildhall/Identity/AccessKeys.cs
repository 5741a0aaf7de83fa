using System.Security.Cryptography;
using System.Text;
using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Identity;

/// <summary>An access key and, this once, its secret.</summary>
public sealed record NewAccessKey(AccessKeyEntry Entry, Secret SecretKey);

/// <summary>The key pairs that sign requests. Users manage their own, administrators all of their account. Safe for concurrent use.</summary>
public sealed class AccessKeys(Store store, TimeProvider clock)
{
    /// <summary>Enough to replace one key while the other is in use, in several programs.</summary>
    public const int MaxPerUser = 10;

    public const int MaxDescriptionLength = 255;

    /// <summary>From which it is done; null where it is none, as by the API.</summary>
    private SentForm? Form { get; init; }

    /// <summary>The same, done by a form, which is done once.</summary>
    public AccessKeys By(SentForm? form) => new(store, clock) { Form = form };

    /// <summary>A new pair for a user of the account, which reaches as far as the owner does. The secret is never shown again.</summary>
    public async Task<Result<NewAccessKey>> CreateAsync(Owner owner, string userId, string description, CancellationToken cancellationToken)
    {
        if (description.Length > MaxDescriptionLength || !IdentityNames.IsPrintable(description))
        {
            return IdentityRefusals.DescriptionUnfit;
        }

        var secretKey = new Secret(Secrets.NewSecretKey());
        var secret = Encoding.ASCII.GetBytes(secretKey.Reveal());
        var accessKey = Secrets.NewAccessKey();
        try
        {
            return (await store.WriteAsync<AccessKeyEntry>(Form, AddAsync, cancellationToken)).IsRefused(out var refused, out var added) ? refused
                : added.AccessKey == accessKey ? new NewAccessKey(added, secretKey)
                : SentForm.Used; // the secret was shown to whoever sent it first
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }

        async Task<Result<AccessKeyEntry>> AddAsync(Transaction transaction)
        {
            if (owner.Reach == CredentialReach.Nothing)
            {
                return IdentityRefusals.KeyWithoutScope;
            }

            if ((await FindUserAsync(transaction, owner, userId, cancellationToken)).IsRefused(out var refusal, out var user))
            {
                return refusal;
            }

            if ((await transaction.ListAccessKeysAsync(user.AccountId, user.Id, cancellationToken)).Count >= MaxPerUser)
            {
                return IdentityRefusals.TooManyAccessKeys;
            }

            var entry = new AccessKeyEntry(accessKey, user.AccountId, user.Id, user.Name, description, clock.GetUtcNow(), DisabledAt: null)
            {
                Project = owner.Reach.Project,
                MadeWith = owner.AccessKey,
            };
            using var dataKey = await transaction.OpenDataKeyAsync(store.Keys, user.AccountId, entry.CreatedAt, cancellationToken);
            await transaction.AddAsync(entry, secret, dataKey, cancellationToken);
            return entry;
        }
    }

    /// <summary>The user's keys, oldest first.</summary>
    public Task<Result<List<AccessKeyEntry>>> ListAsync(Owner owner, string userId, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<List<AccessKeyEntry>>>(
            async session => (await FindUserAsync(session, owner, userId, cancellationToken)).IsRefused(out var refusal, out var user)
                ? refusal
                : await session.ListAccessKeysAsync(user.AccountId, user.Id, cancellationToken),
            cancellationToken);

    /// <summary>The keys of all users of the account, oldest first.</summary>
    public Task<List<AccessKeyEntry>> ListAllAsync(Owner owner, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.ListAccessKeysAsync(owner.AccountId, owner.UserId, cancellationToken), cancellationToken);

    public Task<Result<AccessKeyEntry>> ShowAsync(Owner owner, string accessKey, CancellationToken cancellationToken) =>
        store.ReadAsync(session => FindAsync(session, owner, accessKey, cancellationToken), cancellationToken);

    /// <summary>Ends the key and those that were made with it; what they signed and has not arrived yet is refused.</summary>
    public Task<Result<Done>> DeleteAsync(Owner owner, string accessKey, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            Form,
            async transaction =>
            {
                if ((await FindToChangeAsync(transaction, owner, accessKey, cancellationToken)).IsRefused(out var refusal, out var key))
                {
                    return refusal;
                }

                await transaction.RemoveAsync(key, cancellationToken);
                return new Done();
            },
            cancellationToken);

    /// <summary>Puts the key out of use, with those that were made with it; or puts it, alone, back. Doing it twice changes nothing.</summary>
    public Task<Result<AccessKeyEntry>> SetEnabledAsync(Owner owner, string accessKey, bool isEnabled, CancellationToken cancellationToken) =>
        store.WriteAsync<AccessKeyEntry>(
            async transaction =>
            {
                if ((await FindToChangeAsync(transaction, owner, accessKey, cancellationToken)).IsRefused(out var refusal, out var key))
                {
                    return refusal;
                }

                var changed = key with { DisabledAt = isEnabled ? null : key.DisabledAt ?? clock.GetUtcNow() };
                await transaction.SaveAsync(changed, cancellationToken);
                return changed;
            },
            cancellationToken);

    private static async Task<Result<UserEntry>> FindUserAsync(Session session, Owner owner, string userId, CancellationToken cancellationToken)
    {
        if (!IdentityNames.IsPlausible(userId) || await session.FindUserAsync(owner.AccountId, userId, cancellationToken) is not { } user)
        {
            return IdentityRefusals.UserNotFound;
        }

        return owner.Manages(user.Id) ? user : IdentityRefusals.NotYours;
    }

    private static async Task<Result<AccessKeyEntry>> FindToChangeAsync(Session session, Owner owner, string accessKey, CancellationToken cancellationToken) =>
        (await FindAsync(session, owner, accessKey, cancellationToken)).IsRefused(out var refusal, out var key) ? refusal
        : owner.MayChange(key) ? key
        : IdentityRefusals.KeyOutOfReach;

    private static async Task<Result<AccessKeyEntry>> FindAsync(Session session, Owner owner, string accessKey, CancellationToken cancellationToken) =>
        IdentityNames.IsPlausible(accessKey)
        && await session.FindAccessKeyAsync(accessKey, cancellationToken) is { } key
        && owner.Owns(key)
            ? key
            : IdentityRefusals.AccessKeyNotFound;
}

/// <summary>On whose behalf access keys are managed.</summary>
/// <param name="UserId">The one whose keys they are; null for all users of the account.</param>
/// <param name="Reach">Keys reach no further than it, and those that do are not for it to change.</param>
/// <param name="AccessKey">With which the keys are managed; null where it is none.</param>
public sealed record Owner(string AccountId, string? UserId, CredentialReach Reach, string? AccessKey = null)
{
    /// <summary>The machine's operator, in any account.</summary>
    public static Owner Operator(string accountId) => new(accountId, UserId: null, CredentialReach.Account);

    /// <summary>A user for itself, or an administrator for its account.</summary>
    public static Owner Of(Principal principal) => new(principal.AccountId, principal.Role == Role.Admin ? null : principal.UserId, principal.Reach, principal.AccessKey);

    /// <summary>A user for itself, also where it is an administrator.</summary>
    public static Owner Self(Principal principal) => Of(principal) with { UserId = principal.UserId };

    public bool Manages(string userId) => UserId is null || UserId == userId;

    public bool Owns(AccessKeyEntry key) => key.AccountId == AccountId && Manages(key.UserId);

    /// <summary>Whether a key that it owns is within its reach too.</summary>
    public bool MayChange(AccessKeyEntry key) => Reach.IsWholeAccount || (Reach.Project is not null && Reach.Project.Id == key.Project?.Id);
}
