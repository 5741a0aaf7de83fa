using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Identity;

/// <summary>Whose password is shown: a user by id, or by name in an account by id or name. What is not given is empty.</summary>
public sealed record LoginName(string UserId, string UserName, string AccountId, string AccountName);

/// <summary>What a token shall be good for. Neither project nor account given: for nothing but asking who one is.</summary>
public sealed record LoginScope(string ProjectId, string ProjectName, string AccountId, string AccountName)
{
    public static readonly LoginScope None = new("", "", "", "");

    /// <summary>A session of the console, which is taken into a project later.</summary>
    public static readonly LoginScope Session = None with { IsSession = true };

    /// <summary>Whether the console asks, for a session that its user may take into another project.</summary>
    public bool IsSession { get; init; }

    public bool WantsProject => ProjectId != "" || ProjectName != "";

    public bool WantsAccount => AccountId != "" || AccountName != "";
}

/// <summary>From where somebody signs in, and how that request waits for its turn without holding up others.</summary>
public sealed record Origin(NetworkPrefix Network, Func<Task, Task> WaitAsideAsync)
{
    /// <summary>Of who holds up nobody by waiting.</summary>
    public static Origin Of(NetworkPrefix network) => new(network, turn => turn);
}

/// <summary>A user and the hash of its password.</summary>
public sealed record Login(Principal Principal, Secret PasswordHash);

/// <summary>A new token, which is told to nobody but who asked for it.</summary>
public sealed record IssuedToken(Secret Text, TokenEntry Entry);

/// <summary>Passwords in, tokens out; and what became of the tokens. Safe for concurrent use.</summary>
/// <param name="quota">How many tokens a user has; null where nobody bounds them.</param>
public sealed class Logins(Store store, Passwords passwords, FailureBrake brake, TimeProvider clock, TokenQuota? quota = null)
{
    /// <summary>As the reference has it.</summary>
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(24);

    /// <summary>How often one sign-in is judged by a hash that has just been changed: by somebody who hashed the same password anew, or chose another.</summary>
    private const int MostTurns = 3;

    /// <summary>Says that the password has to be judged once more. No caller hears it.</summary>
    private static readonly Refusal HashChanged = new(0, "", "The hash was changed while the password was compared with it.", Rank: int.MaxValue, Remedy: "");

    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(1);

    private long prunedAt;

    /// <summary>A token for whoever knows the password. Wrong ones are slowed by the <see cref="FailureBrake"/>.</summary>
    public async Task<Result<IssuedToken>> LogInAsync(
        LoginName name, string password, LoginScope scope, Origin origin, CancellationToken cancellationToken)
    {
        for (var turn = 1; ; turn++)
        {
            var issued = await LogInOnceAsync(name, password, scope, origin, cancellationToken);
            if (!issued.IsRefused(out var refusal) || refusal != HashChanged)
            {
                return issued;
            }

            if (turn == MostTurns)
            {
                return IdentityRefusals.PasswordWrong;
            }
        }
    }

    private async Task<Result<IssuedToken>> LogInOnceAsync(
        LoginName name, string password, LoginScope scope, Origin origin, CancellationToken cancellationToken)
    {
        var login = await FindAsync(name, cancellationToken);
        var attempt = new LoginAttempt(AttemptedName.Of(name), origin.Network, login?.Principal.UserId);
        if (brake.Holds(attempt) is { } held)
        {
            return held;
        }

        var turn = new HashingTurn(attempt.From, attempt.Name.Key, brake.IsProven(attempt));
        var judging = passwords.InTurnAsync(turn, () => Judge(attempt, login, password), cancellationToken);
        await origin.WaitAsideAsync(judging);
        if ((await judging).IsRefused(out var refusal, out var proof))
        {
            return refusal;
        }

        var issued = await IssueAsync(proof.Login, proof.Rehashed, scope, cancellationToken);
        if (quota is not null && !issued.IsRefused(out _))
        {
            await quota.KeepAsync(proof.Login.Principal, cancellationToken);
        }

        return issued;
    }

    /// <summary>What a token stands for, to its own user and to administrators of its account; to others it does not exist.</summary>
    public async Task<Result<TokenEntry>> ShowAsync(Principal asking, string token, CancellationToken cancellationToken)
    {
        var hash = Secrets.HashOfToken(token);
        var found = await store.ReadAsync(session => session.FindTokenAsync(hash, clock.GetUtcNow(), cancellationToken), cancellationToken);
        return found is not null && MaySee(asking, found.Principal) ? found : IdentityRefusals.TokenNotFound;
    }

    /// <summary>Ends a token at once, for whom <see cref="ShowAsync"/> would show it.</summary>
    public Task<Result<Done>> RevokeAsync(Principal asking, string token, CancellationToken cancellationToken)
    {
        var hash = Secrets.HashOfToken(token);
        return store.WriteAsync<Done>(
            async transaction =>
            {
                var found = await transaction.FindTokenAsync(hash, clock.GetUtcNow(), cancellationToken);
                if (found is null || !MaySee(asking, found.Principal))
                {
                    return IdentityRefusals.TokenNotFound;
                }

                await transaction.RemoveTokenAsync(found.Principal.AccountId, hash, cancellationToken);
                return new Done();
            },
            cancellationToken);
    }

    /// <summary>A session of the same user in one of its account's projects, in the place of the one that is shown; it ends when that one would have.</summary>
    /// <remarks>A token of the API is never taken elsewhere: it is bound to the scope that it was asked for with.</remarks>
    public Task<Result<IssuedToken>> ScopeAsync(Secret token, string projectId, CancellationToken cancellationToken)
    {
        var (hash, text) = (Secrets.HashOfToken(token.Reveal()), new Secret(Secrets.NewToken()));
        return store.WriteAsync<IssuedToken>(
            async transaction =>
            {
                if (await transaction.FindTokenAsync(hash, clock.GetUtcNow(), cancellationToken) is not { Principal.IsSession: true } before)
                {
                    return IdentityRefusals.TokenNotFound;
                }

                var scope = new LoginScope(projectId, "", "", "");
                if (projectId.Length == 0 || (await FindScopeAsync(transaction, before.Principal, scope, cancellationToken)).IsRefused(out _, out var project))
                {
                    return IdentityRefusals.ScopeForbidden;
                }

                var entry = before with { Principal = before.Principal with { Scope = project }, IsDomainScoped = false };
                await transaction.RemoveTokenAsync(before.Principal.AccountId, hash, cancellationToken);
                await transaction.AddAsync(Secrets.HashOfToken(text.Reveal()), entry, cancellationToken);
                return new IssuedToken(text, entry);
            },
            cancellationToken);
    }

    /// <summary>Ends every token of the user at once.</summary>
    public Task<Result<Done>> RevokeAllAsync(Principal user, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            async transaction =>
            {
                await transaction.RemoveTokensOfUserAsync(user.AccountId, user.UserId, cancellationToken);
                await transaction.CountIdentityAsync(user.AccountId, cancellationToken);
                return new Done();
            },
            cancellationToken);

    /// <summary>Whether the password is right. Runs in its turn, and counts what comes of it also when the caller has gone meanwhile.</summary>
    private Result<Proof> Judge(LoginAttempt attempt, Login? login, string password)
    {
        if (brake.Holds(attempt) is { } held)
        {
            return held;
        }

        var verdict = passwords.Verify(login?.PasswordHash.Reveal(), password);
        if (login is null || verdict == PasswordVerdict.Wrong)
        {
            return brake.Failed(attempt) ?? IdentityRefusals.PasswordWrong;
        }

        return brake.Succeeded(attempt, login.Principal.UserId) is { } heldMeanwhile
            ? heldMeanwhile
            : new Proof(login, verdict == PasswordVerdict.RightButWeaklyHashed ? passwords.Hash(password) : null);
    }

    private static bool MaySee(Principal asking, Principal other) =>
        asking.AccountId == other.AccountId && (asking.UserId == other.UserId || asking.Role == Role.Admin);

    private Task<Login?> FindAsync(LoginName name, CancellationToken cancellationToken)
    {
        string[] given = name.UserId != "" ? [name.UserId] : [name.UserName, name.AccountId + name.AccountName];
        if (!given.All(IdentityNames.IsPlausible))
        {
            return Task.FromResult<Login?>(null);
        }

        return store.ReadAsync(
            session => name.UserId != ""
                ? session.FindLoginAsync(name.UserId, cancellationToken)
                : session.FindLoginAsync(name.AccountId, name.AccountName, name.UserName, cancellationToken),
            cancellationToken);
    }

    private Task<Result<IssuedToken>> IssueAsync(Login login, string? rehashed, LoginScope scope, CancellationToken cancellationToken)
    {
        // To the millisecond, as the store keeps it: what is shown of the token now is shown of it later.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var (text, prunes) = (new Secret(Secrets.NewToken()), IsTimeToPrune());
        return store.WriteAsync<IssuedToken>(
            async transaction =>
            {
                // The password was checked outside: it may have been changed, or hashed anew, or the user disabled, since.
                var current = await transaction.FindLoginAsync(login.Principal.UserId, cancellationToken);
                if (current?.PasswordHash.Reveal() != login.PasswordHash.Reveal())
                {
                    return HashChanged;
                }

                if ((await FindScopeAsync(transaction, login.Principal, scope, cancellationToken)).IsRefused(out var refusal, out var project))
                {
                    return refusal;
                }

                if (rehashed is not null)
                {
                    await transaction.SavePasswordAsync(login.Principal.AccountId, login.Principal.UserId, rehashed, cancellationToken);
                }

                if (prunes)
                {
                    await transaction.PruneTokensAsync(now, cancellationToken);
                }

                var isDomainScoped = project is null && scope.WantsAccount;
                var entry = new TokenEntry(login.Principal with { Scope = project, IsSession = scope.IsSession }, isDomainScoped, now, now + TokenLifetime);
                await transaction.AddAsync(Secrets.HashOfToken(text.Reveal()), entry, cancellationToken);
                return new IssuedToken(text, entry);
            },
            cancellationToken);
    }

    /// <summary>The project of the scope, null where an account or nothing is asked for. A project wins when both are.</summary>
    private static async Task<Result<ProjectScope?>> FindScopeAsync(
        Transaction transaction, Principal user, LoginScope scope, CancellationToken cancellationToken)
    {
        if ((scope.AccountId != "" && scope.AccountId != user.AccountId) || (scope.AccountName != "" && scope.AccountName != user.AccountName))
        {
            return IdentityRefusals.ScopeForbidden;
        }

        if (!scope.WantsProject)
        {
            return (ProjectScope?)null;
        }

        var wanted = scope.ProjectId != "" ? scope.ProjectId : scope.ProjectName;
        if (!IdentityNames.IsPlausible(wanted))
        {
            return IdentityRefusals.ScopeForbidden;
        }

        var project = scope.ProjectId != ""
            ? await transaction.FindProjectAsync(user.AccountId, wanted, cancellationToken)
            : await transaction.FindProjectByNameAsync(user.AccountId, wanted, cancellationToken);
        return project is { IsEnabled: true } ? new ProjectScope(project.Id, project.Name) : IdentityRefusals.ScopeForbidden;
    }

    private sealed record Proof(Login Login, string? Rehashed);

    private bool IsTimeToPrune()
    {
        var (now, last) = (clock.GetUtcNow().ToUnixTimeMilliseconds(), Interlocked.Read(ref prunedAt));
        return now - last >= PruneEvery.TotalMilliseconds && Interlocked.CompareExchange(ref prunedAt, now, last) == last;
    }
}
