using System.Text.Json.Nodes;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;

namespace Guildhall.Tests.Fabric;

/// <summary>A membership whose channel is one of a stand-in that all tests share and none changes.</summary>
internal static class PlannedChannel
{
    private static readonly Lazy<Task<StandInNetwork>> Network = new(() => StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")));

    private static readonly TestOrganization Joining = new("Org2MSP");

    /// <summary>The invitee is invited to it; the server is configured by <see cref="Consortium.Configure"/>.</summary>
    public static async Task InviteAsync(TestService service)
    {
        var consortium = await Consortium.OnAsync(await Network.Value, service);
        await consortium.AttachAsync(service.Invitee, Joining, holdsKey: true);
        Assert.Equal(200, (await service.Inviter.InviteAsync(service.Invitee, FabricNetwork.Channel)).Status);
    }

    /// <summary>The invitee has joined it, as far as the register goes.</summary>
    public static async Task JoinAsync(TestService service)
    {
        await InviteAsync(service);
        Assert.Equal(200, (await service.Invitee.AgreeAsync(FabricNetwork.Channel)).Status);
        await service.WorkAsync();
    }

    /// <summary>Both are attached, and neither has given an identity to read the channel with.</summary>
    public static async Task JoinWithoutKeysAsync(TestService service)
    {
        await service.JoinAsync(service.Invitee);
        await AttachAsync(service, provenAt: null, service.Inviter, service.Invitee);
    }

    /// <summary>All of them are attached as the same organization, without a key.</summary>
    public static async Task AttachAsync(TestService service, DateTimeOffset? provenAt, params Person[] people)
    {
        foreach (var person in people)
        {
            await service.Store.WriteAsync<Done>(
                async transaction =>
                {
                    var organization = new AttachedOrganization("organization", Joining.Msp, Administrator: null, Client: null) { ProvenAt = provenAt };
                    await transaction.SaveAsync(new Attachment(person.ServiceId, "{}", service.Clock.GetUtcNow(), [organization]), default);
                    return new Done();
                },
                default);
        }
    }

    /// <summary>The id of the inviter's newest member.</summary>
    public static async Task<string> MemberIdAsync(TestService service) =>
        (string)JsonNode.Parse((await service.Inviter.GetAsync("members?extended=true")).Body)!["members"]!.AsArray()[^1]!["id"]!;
}
