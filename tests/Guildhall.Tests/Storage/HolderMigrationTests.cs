using Guildhall.Storage;

namespace Guildhall.Tests.Storage;

public sealed class HolderMigrationTests
{
    [Theory, EveryEngine]
    public async Task Members_of_before_hold_what_they_are_attached_as_and_never_what_the_inviter_is(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        var fourth = await service.AddPersonAsync("east-bank", "bank", isInvitee: true);
        var fifth = await service.AddPersonAsync("west-port", "port", isInvitee: true);
        foreach (var member in (Person[])[service.Third, service.Invitee, fourth])
        {
            await service.JoinAsync(member);
        }

        await service.Inviter.InviteAsync(fifth);
        await AttachAsync(service, service.Inviter, "Org1MSP", administrator: "{}");
        await AttachAsync(service, service.Third, "Org2MSP", administrator: null); // shows no key, and was there before the other
        await AttachAsync(service, service.Invitee, "Org2MSP", administrator: "{}");
        await AttachAsync(service, fourth, "Org1MSP", administrator: null);
        await AttachAsync(service, fifth, "Org5MSP", administrator: "{}"); // has not joined

        foreach (var statement in Migrator.Steps().Single(step => step.Number == 14).Sql.Split(';').Where(one => one.Contains("INSERT INTO held_organizations", StringComparison.Ordinal) || one.Contains("UPDATE attached", StringComparison.Ordinal)))
        {
            await service.ExecuteAsync(statement);
        }

        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM held_organizations"));
        Assert.Equal(1, await service.CountAsync(
            $"""
            SELECT count(*) FROM held_organizations h JOIN memberships m ON m.id = h.membership_id
            WHERE  h.msp_id = 'Org2MSP' AND h.name = 'organization' AND m.invitee_account_name = '{service.Invitee.AccountName}' AND h.joined_at = m.changed_at
            """));
        Assert.Equal(3, await service.CountAsync("SELECT count(*) FROM attached_organizations WHERE proven_at = 7"));
    }

    private static async Task AttachAsync(TestService service, Person person, string mspId, string? administrator)
    {
        await service.ExecuteAsync("INSERT INTO attachments (service_id, profile, attached_at) VALUES (@service, '{}', 7)", ("service", person.ServiceId));
        await service.ExecuteAsync(
            "INSERT INTO attached_organizations (service_id, name, msp_id, msp, administrator) VALUES (@service, 'organization', @id, '', @administrator)",
            ("service", person.ServiceId), ("id", mspId), ("administrator", administrator));
    }
}
