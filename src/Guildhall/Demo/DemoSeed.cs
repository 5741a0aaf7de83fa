using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Demo;

/// <summary>Three tenants to try Guildhall with. Sown once; a start that was cut off is taken up where it ended.</summary>
internal sealed class DemoSeed(Store store, Accounts accounts, AccessKeys accessKeys, Passwords passwords, TimeProvider clock)
{
    private const string Sown = "demo.sown";
    private const string UserName = "admin";
    private const string ProjectName = "cn-north-4";
    private const string KeyDescription = "demo.json";

    /// <summary>The inviter first.</summary>
    private static readonly (string Account, string Service)[] Tenants = [("harbor-trade", "harbor"), ("north-mill", "mill"), ("south-foundry", "foundry")];

    private static readonly Traits Traits = new(Traits.Union, "etcdraft", "ECDSA", Edition.Enterprise, "2.2");

    /// <summary>The tenants as they are in the store, sown if they are not yet.</summary>
    /// <param name="known">Passwords and secret keys that are still good are taken from it; others are made anew.</param>
    public async Task<IReadOnlyList<DemoAccount>> TenantsAsync(DemoFile? known, CancellationToken cancellationToken)
    {
        var isSown = await store.ReadAsync(session => session.FindSettingAsync(Sown, cancellationToken), cancellationToken) is not null;
        var tenants = new List<DemoAccount>();
        foreach (var (accountName, serviceName) in Tenants)
        {
            var account = OrThrow(await Either(accounts.FindAsync(accountName, cancellationToken), () => accounts.CreateAsync(accountName, cancellationToken)));
            var project = await FindProjectAsync(account, cancellationToken);
            if (!isSown)
            {
                await SowAsync(account, project, serviceName, isInviter: tenants.Count == 0, cancellationToken);
            }

            var before = known?.Accounts.FirstOrDefault(one => one.Id == account.Id);
            var user = await FindUserAsync(account, before?.User, cancellationToken);
            var (accessKey, secretKey) = await FindKeyAsync(user.Id, account, before, cancellationToken);
            tenants.Add(new DemoAccount(
                account.Name, account.Id, new DemoProject(project.Id, project.Name), user, accessKey, secretKey, await FindServicesAsync(project, cancellationToken)));
        }

        _ = await store.WriteOwnAsync(
            async transaction =>
            {
                await transaction.SaveSettingAsync(Sown, "1", cancellationToken);
                return new Done();
            },
            cancellationToken);
        return tenants;
    }

    private async Task<ProjectEntry> FindProjectAsync(AccountEntry account, CancellationToken cancellationToken) =>
        OrThrow(await accounts.ListProjectsAsync(account.Name, cancellationToken)).Find(project => project.Name == ProjectName)
        ?? OrThrow(await accounts.CreateProjectAsync(account.Name, ProjectName, cancellationToken));

    private Task<Result<Done>> SowAsync(AccountEntry account, ProjectEntry project, string name, bool isInviter, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            async transaction =>
            {
                if ((await transaction.ListServicesAsync(project.Id, cancellationToken)).Count > 0)
                {
                    return new Done();
                }

                var organization = new Organization("organization", 2);
                var service = new Service(
                    Guid.NewGuid().ToString(), account.Id, account.Name, project.Id, name, Traits, IsInvitee: !isInviter, "goleveldb", "CCE",
                    TrustedComputing: false, clock.GetUtcNow(), DeletedAt: null, [organization]);
                await transaction.AddAsync(service, cancellationToken);
                if (isInviter)
                {
                    await transaction.AddAsync(service.Id, new Channel("channel", "", service.CreatedAt, [organization]), cancellationToken);
                }

                return new Done();
            },
            cancellationToken);

    private async Task<DemoUser> FindUserAsync(AccountEntry account, DemoUser? before, CancellationToken cancellationToken)
    {
        if ((await accounts.FindUserAsync(account.Name, UserName, cancellationToken)).IsRefused(out _, out var user))
        {
            var created = OrThrow(await accounts.CreateUserAsync(account.Name, UserName, Role.Admin, password: null, cancellationToken));
            return new DemoUser(created.Entry.Id, UserName, created.Password.Reveal());
        }

        if (before?.Id == user.Id && await IsGoodAsync(before, cancellationToken))
        {
            return before;
        }

        var reset = OrThrow(await accounts.ResetPasswordAsync(account.Name, UserName, password: null, endsKeys: false, cancellationToken));
        return new DemoUser(user.Id, UserName, reset.Password.Reveal());
    }

    /// <summary>Whether the password still is the user's: it may have been reset with the command line.</summary>
    private async Task<bool> IsGoodAsync(DemoUser user, CancellationToken cancellationToken)
    {
        var login = await store.ReadAsync(session => session.FindLoginAsync(user.Id, cancellationToken), cancellationToken);
        return passwords.Verify(login?.PasswordHash.Reveal(), user.Password) != PasswordVerdict.Wrong;
    }

    private async Task<(string AccessKey, string SecretKey)> FindKeyAsync(
        string userId, AccountEntry account, DemoAccount? before, CancellationToken cancellationToken)
    {
        var owner = Owner.Operator(account.Id);
        var keys = OrThrow(await accessKeys.ListAsync(owner, userId, cancellationToken));
        if (before is not null && keys.Exists(key => key.AccessKey == before.AccessKey))
        {
            return (before.AccessKey, before.SecretKey);
        }

        // The secret of an earlier one is gone with the file that held it.
        foreach (var lost in keys.Where(key => key.Description == KeyDescription))
        {
            OrThrow(await accessKeys.DeleteAsync(owner, lost.AccessKey, cancellationToken));
        }

        var created = OrThrow(await accessKeys.CreateAsync(owner, userId, KeyDescription, cancellationToken));
        return (created.Entry.AccessKey, created.SecretKey.Reveal());
    }

    private Task<List<DemoService>> FindServicesAsync(ProjectEntry project, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var found = new List<DemoService>();
                foreach (var service in await session.ListServicesAsync(project.Id, cancellationToken))
                {
                    var channels = await session.ListChannelsAsync(service.Id, cancellationToken);
                    found.Add(new DemoService(
                        service.Id, service.Name, [.. service.Organizations.Select(organization => organization.Name)], [.. channels.Select(channel => channel.Name)]));
                }

                return found;
            },
            cancellationToken);

    private static async Task<Result<T>> Either<T>(Task<Result<T>> find, Func<Task<Result<T>>> create)
    {
        var found = await find;
        return found.IsRefused(out _) ? await create() : found;
    }

    /// <summary>Nothing that the seed asks for is refused in a store of its own.</summary>
    private static T OrThrow<T>(Result<T> result) =>
        result.IsRefused(out var refusal, out var value) ? throw new InvalidOperationException(refusal.Message) : value;
}
