using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Identity;

/// <summary>How many tokens a user has. A program that logs in for each call does not notice: its oldest token ends, which it has long put away.</summary>
public sealed class TokenQuota(Store store, Quotas quotas)
{
    /// <summary>After a token was issued: ends the user's oldest where it has too many.</summary>
    public async Task KeepAsync(Principal user, CancellationToken cancellationToken)
    {
        if (quotas.TokensPerUser == 0
            || !await store.ReadAsync(session => session.HasMoreTokensAsync(user.AccountId, user.UserId, quotas.TokensPerUser, cancellationToken), cancellationToken))
        {
            return;
        }

        // A store that is too busy for it is asked again with the next token.
        _ = await store.WriteSharedAsync<Done>(
            [user.AccountId],
            async transaction =>
            {
                await transaction.EndOldestTokensAsync(user.AccountId, user.UserId, quotas.TokensPerUser, cancellationToken);
                return new Done();
            },
            cancellationToken);
    }
}
