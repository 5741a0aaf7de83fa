using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Identity;

/// <summary>A user, and the password it begins with or has been given anew.</summary>
public sealed record NewUser(UserEntry Entry, Secret Password);

/// <summary>What an operator does with accounts, users and projects. Everything is named by its name. Safe for concurrent use.</summary>
/// <remarks>Disabling ends the tokens that depend on it, at once and for good: enabling again does not bring them back.</remarks>
public sealed class Accounts(Store store, Passwords passwords, TimeProvider clock)
{
    /// <summary>Operators do not wait for who signs in.</summary>
    private static readonly HashingTurn OperatorsTurn = new(From: default, Name: 0, IsProven: true);

    /// <summary>From which it is done; null where it is none, as on the command line.</summary>
    private SentForm? Form { get; init; }

    /// <summary>The same, done by a form, which is done once.</summary>
    public Accounts By(SentForm? form) => new(store, passwords, clock) { Form = form };

    public Task<Result<AccountEntry>> CreateAsync(string name, CancellationToken cancellationToken) =>
        store.WriteAsync<AccountEntry>(
            Form,
            async transaction =>
            {
                var accounts = await transaction.ListAccountsAsync(cancellationToken);
                if (IdentityNames.WhyNot(name, accounts.Select(one => one.Name), $"there is an account {name} already") is { } unfit)
                {
                    return unfit;
                }

                var account = new AccountEntry(IdentityNames.NewId(), name, clock.GetUtcNow(), DisabledAt: null);
                await transaction.AddAsync(account, cancellationToken);
                return account;
            },
            cancellationToken);

    public Task<List<AccountEntry>> ListAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.ListAccountsAsync(cancellationToken), cancellationToken);

    /// <summary>A page of those whose names have the text as a part, by name, and how many there are on all pages; A and a are the same.</summary>
    public Task<(List<AccountEntry> Found, Counted Count)> SearchAsync(string text, int skip, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session => (
                await session.SearchAccountsAsync(text, skip, limit, cancellationToken),
                await session.CountAccountsAsync(text, cancellationToken)),
            cancellationToken);

    public Task<AccountEntry?> FindByIdAsync(string id, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.FindAccountByIdAsync(id, cancellationToken), cancellationToken);

    public Task<Result<AccountEntry>> FindAsync(string name, CancellationToken cancellationToken) =>
        store.ReadAsync(session => FindAccountAsync(session, name, cancellationToken), cancellationToken);

    public Task<Result<AccountEntry>> SetEnabledAsync(string name, bool isEnabled, CancellationToken cancellationToken) =>
        store.WriteAsync<AccountEntry>(
            Form,
            async transaction =>
            {
                if ((await FindAccountAsync(transaction, name, cancellationToken)).IsRefused(out var refusal, out var account))
                {
                    return refusal;
                }

                var changed = account with { DisabledAt = DisabledAt(isEnabled, account.DisabledAt) };
                await transaction.SaveAsync(changed, cancellationToken);
                if (!isEnabled)
                {
                    await transaction.RemoveTokensOfAccountAsync(account.Id, cancellationToken);
                }

                return changed;
            },
            cancellationToken);

    /// <param name="password">Null for a generated one.</param>
    public async Task<Result<NewUser>> CreateUserAsync(
        string accountName, string name, Role role, string? password, CancellationToken cancellationToken)
    {
        var chosen = password ?? Passwords.Generate();
        if ((IdentityNames.WhyNot(name) ?? Passwords.WhyNot(chosen)) is { } unfit)
        {
            return unfit;
        }

        if ((await passwords.InTurnAsync<string>(OperatorsTurn, () => passwords.Hash(chosen), cancellationToken)).IsRefused(out var busy, out var hash))
        {
            return busy;
        }

        var user = new UserEntry("", accountName, IdentityNames.NewId(), name, role, clock.GetUtcNow(), DisabledAt: null);
        var created = await store.WriteAsync<UserEntry>(
            Form,
            async transaction =>
            {
                if ((await FindAccountAsync(transaction, accountName, cancellationToken)).IsRefused(out var refusal, out var account))
                {
                    return refusal;
                }

                var users = await transaction.ListUsersAsync(account.Id, cancellationToken);
                if (IdentityNames.WhyNot(name, users.Select(one => one.Name), $"account {accountName} has a user {name} already") is { } taken)
                {
                    return taken;
                }

                var added = user with { AccountId = account.Id, AccountName = account.Name };
                await transaction.AddAsync(added, hash, cancellationToken);
                return added;
            },
            cancellationToken);
        return created.IsRefused(out var refused, out var entry) ? refused
            : entry.Id == user.Id ? new NewUser(entry, new Secret(chosen))
            : SentForm.Used; // the password was shown to whoever sent it first, and is kept nowhere
    }

    public Task<Result<List<UserEntry>>> ListUsersAsync(string accountName, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<List<UserEntry>>>(
            async session => (await FindAccountAsync(session, accountName, cancellationToken)).IsRefused(out var refusal, out var account)
                ? refusal
                : await session.ListUsersAsync(account.Id, cancellationToken),
            cancellationToken);

    public Task<Result<UserEntry>> FindUserAsync(string accountName, string name, CancellationToken cancellationToken) =>
        store.ReadAsync(session => FindUserAsync(session, accountName, name, cancellationToken), cancellationToken);

    public Task<Result<UserEntry>> SetUserEnabledAsync(string accountName, string name, bool isEnabled, CancellationToken cancellationToken) =>
        store.WriteAsync<UserEntry>(
            Form,
            async transaction =>
            {
                if ((await FindUserAsync(transaction, accountName, name, cancellationToken)).IsRefused(out var refusal, out var user))
                {
                    return refusal;
                }

                var changed = user with { DisabledAt = DisabledAt(isEnabled, user.DisabledAt) };
                await transaction.SaveAsync(changed, cancellationToken);
                if (!isEnabled)
                {
                    await transaction.RemoveTokensOfUserAsync(user.AccountId, user.Id, cancellationToken);
                }

                return changed;
            },
            cancellationToken);

    /// <summary>Gives the user another password and ends its tokens.</summary>
    /// <param name="password">Null for a generated one.</param>
    /// <param name="endsKeys">Whether its access keys end too, with those that were made with them. Whoever knew the password may have made some.</param>
    public async Task<Result<NewUser>> ResetPasswordAsync(string accountName, string name, string? password, bool endsKeys, CancellationToken cancellationToken)
    {
        var chosen = password ?? Passwords.Generate();
        if (Passwords.WhyNot(chosen) is { } unfit)
        {
            return unfit;
        }

        if ((await passwords.InTurnAsync<string>(OperatorsTurn, () => passwords.Hash(chosen), cancellationToken)).IsRefused(out var busy, out var hash))
        {
            return busy;
        }

        var mark = IdentityNames.NewId(); // tells this from the answer to the same form sent before
        UserEntry? reset = null;
        var written = await store.WriteAsync<string>(
            Form,
            async transaction =>
            {
                if ((await FindUserAsync(transaction, accountName, name, cancellationToken)).IsRefused(out var refusal, out var user))
                {
                    return refusal;
                }

                await transaction.SavePasswordAsync(user.AccountId, user.Id, hash, cancellationToken);
                await transaction.RemoveTokensOfUserAsync(user.AccountId, user.Id, cancellationToken);
                if (endsKeys)
                {
                    await transaction.RemoveKeysOfUserAsync(user.AccountId, user.Id, cancellationToken);
                }

                reset = user;
                return mark;
            },
            cancellationToken);
        return written.IsRefused(out var refused, out var answer) ? refused
            : answer == mark ? new NewUser(reset!, new Secret(chosen))
            : SentForm.Used;
    }

    public Task<Result<ProjectEntry>> CreateProjectAsync(string accountName, string name, CancellationToken cancellationToken) =>
        store.WriteAsync<ProjectEntry>(
            Form,
            async transaction =>
            {
                if ((await FindAccountAsync(transaction, accountName, cancellationToken)).IsRefused(out var refusal, out var account))
                {
                    return refusal;
                }

                var projects = await transaction.ListProjectsAsync(account.Id, cancellationToken);
                if (IdentityNames.WhyNot(name, projects.Select(one => one.Name), $"account {accountName} has a project {name} already") is { } unfit)
                {
                    return unfit;
                }

                var project = new ProjectEntry(account.Id, account.Name, IdentityNames.NewId(), name, clock.GetUtcNow(), DisabledAt: null);
                await transaction.AddAsync(project, cancellationToken);
                return project;
            },
            cancellationToken);

    public Task<Result<List<ProjectEntry>>> ListProjectsAsync(string accountName, CancellationToken cancellationToken) =>
        store.ReadAsync<Result<List<ProjectEntry>>>(
            async session => (await FindAccountAsync(session, accountName, cancellationToken)).IsRefused(out var refusal, out var account)
                ? refusal
                : await session.ListProjectsAsync(account.Id, cancellationToken),
            cancellationToken);

    /// <summary>The projects of the account that asks.</summary>
    public Task<List<ProjectEntry>> ListProjectsAsync(Principal asking, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.ListProjectsAsync(asking.AccountId, cancellationToken), cancellationToken);

    public Task<Result<ProjectEntry>> SetProjectEnabledAsync(string accountName, string name, bool isEnabled, CancellationToken cancellationToken) =>
        store.WriteAsync<ProjectEntry>(
            Form,
            async transaction =>
            {
                if ((await FindAccountAsync(transaction, accountName, cancellationToken)).IsRefused(out var refusal, out var account))
                {
                    return refusal;
                }

                if (!IdentityNames.IsPlausible(name)
                    || await transaction.FindProjectByNameAsync(account.Id, name, cancellationToken) is not { } project)
                {
                    return IdentityRefusals.ProjectNotFound.Because($"{Refusal.Quote(name)} in account {accountName}");
                }

                var changed = project with { DisabledAt = DisabledAt(isEnabled, project.DisabledAt) };
                await transaction.SaveAsync(changed, cancellationToken);
                if (!isEnabled)
                {
                    await transaction.RemoveTokensOfProjectAsync(account.Id, project.Id, cancellationToken);
                }

                return changed;
            },
            cancellationToken);

    private DateTimeOffset? DisabledAt(bool isEnabled, DateTimeOffset? before) => isEnabled ? null : before ?? clock.GetUtcNow();

    private static async Task<Result<AccountEntry>> FindAccountAsync(Session session, string name, CancellationToken cancellationToken) =>
        IdentityNames.IsPlausible(name) && await session.FindAccountAsync(name, cancellationToken) is { } account
            ? account
            : IdentityRefusals.AccountNotFound.Because(Refusal.Quote(name));

    private static async Task<Result<UserEntry>> FindUserAsync(
        Session session, string accountName, string name, CancellationToken cancellationToken)
    {
        if ((await FindAccountAsync(session, accountName, cancellationToken)).IsRefused(out var refusal, out var account))
        {
            return refusal;
        }

        return IdentityNames.IsPlausible(name) && await session.FindUserByNameAsync(account.Id, name, cancellationToken) is { } user
            ? user
            : IdentityRefusals.UserNotFound.Because($"{Refusal.Quote(name)} in account {accountName}");
    }
}
