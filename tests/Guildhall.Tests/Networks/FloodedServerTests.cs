using System.Net;
using System.Text;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Networks;

/// <summary>A server with the heap that it has in deploy/, and nodes that send as much as they can.</summary>
public sealed class FloodedServerTests
{
    private const int Looks = 4;

    private static readonly TestOrganization Mill = new("MillMSP");

    [Fact]
    public async Task Nodes_that_answer_with_90_MB_each_neither_end_a_server_nor_keep_it_from_others()
    {
        await using var node = await HostileServer.StartAsync(Mill, HostileServer.Floods(90 << 20));
        await using var register = await TestService.StartAsync();
        var (process, address) = await GuildhallProcess.StartServerAsync(
            [("DOTNET_GCHeapHardLimit", "0x18000000")],
            ["serve", "--urls", "http://127.0.0.1:0", "--store", register.StoreSetting, "--network", "fabric", "--fabric-watch-seconds", "0", "--fabric-destinations", Consortium.LabDestinations]);
        await using var server = process;
        var body = AttachmentBodies.Detached(Mill);
        body["profile"] = AttachmentBodies.Profile(Mill, [], [.. Enumerable.Repeat(node.Endpoint, 10)]);
        foreach (var person in (Person[])[register.Inviter, register.Invitee, register.Third])
        {
            await register.ExecuteAsync("UPDATE tokens SET issued_at = @now, expires_at = @end WHERE account_id = @account", ("now", TimeProvider.System.GetUtcNow()), ("end", TimeProvider.System.GetUtcNow().AddDays(1)), ("account", person.AccountId));
        }

        var looks = Enumerable.Range(0, Looks).Select(_ => SendAsync(HttpMethod.Put, register.Invitee, $"blockchains/{register.Invitee.ServiceId}/network?check=true", body.ToJsonString())).ToArray();
        var other = await SendAsync(HttpMethod.Get, register.Third, "members", null);

        Assert.Equal(HttpStatusCode.OK, other.Status);
        Assert.All(await Task.WhenAll(looks), look => Assert.Equal((HttpStatusCode.OK, 10), (look.Status, look.Body.Split("sends more than 1048576 bytes").Length - 1)));

        async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, Person person, string path, string? json)
        {
            using var request = new HttpRequestMessage(method, new Uri(address, $"/v2/{person.ProjectId}/{path}"));
            request.Headers.Add("X-Auth-Token", person.Token);
            request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
            using var response = await register.Http.SendAsync(request);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }
}
