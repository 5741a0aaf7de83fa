using System.Text;
using Guildhall.Identity;
using Guildhall.Storage;

namespace Guildhall.Tests.Api;

/// <summary>Every operation × every kind of caller.</summary>
public sealed class CallersTests
{
    private const string NotBelieved = "BCS.4010401";
    private const string NotAllowed = "BCS.4030403";

    [Fact]
    public async Task Who_is_not_who_it_says_reaches_no_operation()
    {
        await using var service = await TestService.StartAsync();
        await service.AddTokenAsync("expired", service.Inviter.AccountId, service.Inviter.UserId, service.Inviter.ProjectId, TimeSpan.Zero);
        await service.AddTokenAsync("unscoped", service.Inviter.AccountId, service.Inviter.UserId, projectId: null);
        var own = service.Inviter.ProjectId;
        (string Who, string? Token, string Project, int Status, string Code)[] callers =
        [
            ("nobody", null, own, 401, NotBelieved),
            ("an empty token", "", own, 401, NotBelieved),
            ("an unknown token", "unknown", own, 401, NotBelieved),
            ("a token of the longest kind", new string('a', 32768), own, 401, NotBelieved),
            ("an expired token", "expired", own, 401, NotBelieved),
            ("an unscoped token", "unscoped", own, 403, NotAllowed),
            ("another tenant", service.Third.Token, own, 403, NotAllowed),
            ("the inviter in another's project", service.Inviter.Token, service.Third.ProjectId, 403, NotAllowed),
            ("the inviter in no project", service.Inviter.Token, "nowhere", 403, NotAllowed),
            ("a path that was never filled in", service.Inviter.Token, "%7Bproject_id%7D", 400, "BCS.4006003"),
        ];

        foreach (var operation in Operations(service))
        {
            foreach (var caller in callers)
            {
                var (status, body) = await SendAsync(service, operation, caller.Token, caller.Project);
                Assert.True(
                    status == caller.Status && body.StartsWith($$"""{"error_code":"{{caller.Code}}","error_msg":""", StringComparison.Ordinal),
                    $"{operation} by {caller.Who}: {status} {body}");
            }
        }
    }

    [Fact]
    public async Task A_reader_reads_and_changes_nothing()
    {
        await using var service = await TestService.StartAsync();
        await service.AddUserAsync(service.Inviter.AccountId, "reader-id", "auditor", "reader");
        await service.AddTokenAsync("reader", service.Inviter.AccountId, "reader-id", service.Inviter.ProjectId);

        foreach (var operation in Operations(service))
        {
            var (status, body) = await SendAsync(service, operation, "reader", service.Inviter.ProjectId);
            Assert.True(
                (status == 403 && body.Contains(NotAllowed, StringComparison.Ordinal)) == (operation.Method != "GET"), $"{operation}: {status} {body}");
        }
    }

    /// <summary>What takes something away from the inviter, as an operator's commands do, beside the server.</summary>
    private static readonly Dictionary<string, Func<TestService, Accounts, Task>> Departures = new(StringComparer.Ordinal)
    {
        ["the user is disabled"] = (service, accounts) => accounts.SetUserEnabledAsync(service.Inviter.AccountName, "admin-user", isEnabled: false, default),
        ["the account is disabled"] = (service, accounts) => accounts.SetEnabledAsync(service.Inviter.AccountName, isEnabled: false, default),
        ["the project is disabled"] = (service, accounts) => accounts.SetProjectEnabledAsync(service.Inviter.AccountName, "cn-north-4", isEnabled: false, default),
        ["the password is another"] = (service, accounts) => accounts.ResetPasswordAsync(service.Inviter.AccountName, "admin-user", "another password 1", endsKeys: false, default),
    };

    public static TheoryData<string> DepartureNames => [.. Departures.Keys];

    [Theory]
    [MemberData(nameof(DepartureNames))]
    public async Task Who_is_disabled_elsewhere_is_out_at_once(string departure)
    {
        foreach (var engine in Enum.GetValues<Engine>())
        {
            Assert.SkipWhen(engine == Engine.Postgres && EveryEngineAttribute.PostgresRow().Skip is not null, "no PostgreSQL");
            await using var service = await TestService.StartAsync(engine);
            await using var elsewhere = Store.Open(service.StoreSetting);
            Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);
            Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);

            await Departures[departure](service, new Accounts(elsewhere, new Passwords(iterations: 1), service.Clock));

            Assert.Contains((await service.Inviter.GetAsync("members")).Status, (int[])[401, 403]);
            Assert.Equal(200, (await service.Invitee.GetAsync("members")).Status);
        }
    }

    private static List<(string Method, string Path)> Operations(TestService service)
    {
        var endpoints = service.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();
        var operations = endpoints
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v2/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
                .Select(method => (method, endpoint.RoutePattern.RawText!.Replace("/v2/{project_id}/", "", StringComparison.Ordinal))))
            .ToList();
        Assert.True(operations.Count >= 7, $"{operations.Count} operations");
        return operations;
    }

    private static async Task<(int Status, string Body)> SendAsync(TestService service, (string Method, string Path) operation, string? token, string project)
    {
        var path = string.Join('/', operation.Path.Split('/').Select(segment =>
            segment.EndsWith(":guid}", StringComparison.Ordinal) ? Guid.Empty.ToString() : segment.StartsWith('{') ? "some" : segment));
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), new Uri(service.Address, $"/v2/{project}/{path}"));
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Auth-Token", token);
        }

        request.Content = operation.Method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await service.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
