using System.Net;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Api;

/// <summary>A way to each refusal of the built-in identity that HTTP can bring about.</summary>
internal static class IdentityRefusalCases
{
    private const string Tokens = "/v3/auth/tokens";
    private const string Credentials = "/v3.0/OS-CREDENTIAL/credentials";

    /// <summary>Accounts, users and projects are created, named and searched by the command line alone; its own tests reach these.</summary>
    public static readonly string[] OnlyAtTheCommandLine =
    [
        nameof(IdentityRefusals.AccountNotFound),
        nameof(IdentityRefusals.ProjectNotFound),
        nameof(IdentityRefusals.KeysUndecided),
        nameof(IdentityRefusals.NameTaken),
        nameof(IdentityRefusals.NameUnfit),
        nameof(IdentityRefusals.PasswordUnfit),
    ];

    public static readonly Dictionary<string, RefusalCase> All = new(StringComparer.Ordinal)
    {
        [nameof(IdentityRefusals.PasswordWrong)] = new(service => TextOfAsync(KeystoneTests.LogInAsync(service, "alice", "", "wrong horse")), AddAliceAsync),
        [nameof(IdentityRefusals.ScopeForbidden)] = new(
            service => TextOfAsync(KeystoneTests.LogInAsync(service, "alice", $$""", "scope": { "project": { "id": "{{service.Third.ProjectId}}" } }""")),
            AddAliceAsync),
        [nameof(IdentityRefusals.TooManySignIns)] = new(
            service => TextOfAsync(KeystoneTests.LogInAsync(service, "nobody", "")),
            async service =>
            {
                var passwords = service.Services.GetRequiredService<Passwords>();
                var turn = new HashingTurn(NetworkPrefix.Of(IPAddress.Loopback), Name: 0, IsProven: false);
                for (var i = 0; i < HashingPool.MaxWaitingPerAddress + HashingPool.UsualThreads; i++)
                {
                    // Each waits, or keeps a thread busy, for as long as the service is there.
                    _ = passwords.InTurnAsync<Done>(turn with { Name = (ulong)i }, () => Hold(service), CancellationToken.None);
                    await Patience.UntilAsync(() => passwords.Waiting == Math.Max(0, i + 1 - HashingPool.UsualThreads));
                }
            }),
        [nameof(IdentityRefusals.TokenNotFound)] = new(service => TextOfAsync(
            KeystoneTests.SendAsync(service, "GET", Tokens, service.Inviter.Token, subject: service.Third.Token))),
        [nameof(IdentityRefusals.UserNotFound)] = new(service => AskAsync(service, "GET", $"{Credentials}?user_id={service.Third.UserId}")),
        [nameof(IdentityRefusals.AccessKeyNotFound)] = new(service => AskAsync(service, "DELETE", $"{Credentials}/NOBODYSKEY")),
        [nameof(IdentityRefusals.NotYours)] = new(
            service => TextOfAsync(KeystoneTests.SendAsync(service, "GET", $"{Credentials}?user_id={service.Inviter.UserId}", "readers")),
            async service =>
            {
                await service.AddUserAsync(service.Inviter.AccountId, "auditor-id", "auditor", "reader");
                await service.AddTokenAsync("readers", service.Inviter.AccountId, "auditor-id", projectId: null);
            }),
        [nameof(IdentityRefusals.KeyWithoutScope)] = new(
            service => TextOfAsync(KeystoneTests.SendAsync(service, "POST", Credentials, "unscoped", $$"""{ "credential": { "user_id": "{{service.Inviter.UserId}}" } }""")),
            service => service.AddTokenAsync("unscoped", service.Inviter.AccountId, service.Inviter.UserId, projectId: null, isSession: false)),
        [nameof(IdentityRefusals.KeyOutOfReach)] = new(
            service => TextOfAsync(KeystoneTests.SendAsync(service, "DELETE", $"{Credentials}/FARREACHINGKEY000000", "of a project")),
            async service =>
            {
                await service.AddTokenAsync("of a project", service.Inviter.AccountId, service.Inviter.UserId, service.Inviter.ProjectId, isSession: false);
                await service.ExecuteAsync(
                    "INSERT INTO access_keys (access_key, secret_key, account_id, user_id, description, created_at) VALUES ('FARREACHINGKEY000000', '', @account, @user, '', 0)",
                    ("account", service.Inviter.AccountId), ("user", service.Inviter.UserId));
            }),
        [nameof(IdentityRefusals.TooManyAccessKeys)] = new(service => CreateKeyAsync(service, "one too many"), async service =>
        {
            for (var i = 0; i < AccessKeys.MaxPerUser; i++)
            {
                Assert.Equal(201, (await CreateKeyAsync(service, "")).Status);
            }
        }),
        [nameof(IdentityRefusals.DescriptionUnfit)] = new(service => CreateKeyAsync(service, "next\\u0085line")),
    };

    private static Result<Done> Hold(TestService service)
    {
        service.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.WaitHandle.WaitOne();
        return new Done();
    }

    private static Task<string> AddAliceAsync(TestService service) => KeystoneTests.AddUserAsync(service, "alice");

    private static Task<(int Status, string Body)> CreateKeyAsync(TestService service, string description) => AskAsync(
        service, "POST", Credentials, $$"""{ "credential": { "user_id": "{{service.Inviter.UserId}}", "description": "{{description}}" } }""");

    private static Task<(int Status, string Body)> AskAsync(TestService service, string method, string path, string? body = null) =>
        TextOfAsync(KeystoneTests.SendAsync(service, method, path, service.Inviter.Token, body));

    private static async Task<(int Status, string Body)> TextOfAsync(Task<KeystoneTests.Answer> asked)
    {
        var answer = await asked;
        return ((int)answer.Status, answer.Body);
    }
}
