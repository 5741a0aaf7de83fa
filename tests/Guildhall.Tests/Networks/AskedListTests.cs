using System.Text.Json.Nodes;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;
using Guildhall.Tests.Fabric;

namespace Guildhall.Tests.Networks;

public sealed class AskedListTests
{
    [Theory, EveryEngine]
    public async Task What_waits_is_listed_before_a_thousand_newer_requests_that_are_over(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await AskedToSign.AskAsync(service);
        var (inviter, now) = (service.Inviter, service.Clock.GetUtcNow());
        await service.Store.WriteAsync<Done>(
            async transaction =>
            {
                for (var i = 0; i < SignatureManagement.MostShown; i++)
                {
                    var over = new SignatureRequest(
                        inviter.ProjectId, $"019c0000-0000-7000-8000-{i:000000000000}", inviter.ServiceId, $"BCSSVC01-{i}", "channel", "Org1MSP",
                        Round: 1, SignatureState.Closed, Signatures: [], Reason: null, now, AnsweredAt: null);
                    await transaction.AskAsync(over, default);
                }

                return new Done();
            },
            default);

        var listed = JsonNode.Parse((await inviter.GetAsync("signature-requests")).Body)!["signature_requests"]!.AsArray();

        Assert.Equal(
            (SignatureManagement.MostShown, AskedToSign.Id, "waiting", "019c0000-0000-7000-8000-000000000999"),
            (listed.Count, (string)listed[0]!["id"]!, (string)listed[0]!["status"]!, (string)listed[1]!["id"]!));
    }
}
