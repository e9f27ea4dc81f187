import { permute } from "../../core/random.ts";

const ADJECTIVES =
  `Amber Borrowed Broken Burning Crimson Distant Drowned Electric Emerald Empty Endless Fading Forgotten
  Frozen Gentle Gilded Glass Golden Hollow Hungry Invisible Iron Ivory Last Lonely Lost Midnight Northern Paper Patient
  Quiet Restless Restored Scarlet Second Silent Silver Sleepless Stolen Velvet`.split(/\s+/);
const NOUNS =
  `Archive Balcony Bridge Carousel Cartographer Cathedral Clockmaker Comet Compass Corridor Daughter Detective
  Divide Echo Ferry Festival Frontier Garden Gardener Harbour Horizon Island Labyrinth Lantern Letter Librarian Lighthouse
  Machine Market Mechanic Meridian Mirror Mountain Orchard Orchestra Pilot Planet Postman Promise Railway River Sailor
  Season Shadow Signal Staircase Stranger Summer Theatre Winter`.split(/\s+/);
const FIRST =
  `Ada Anton Beatriz Bruno Carla Chidi Dalia Dario Elif Emil Farah Felix Greta Hamid Ines Ivan Jana Jonas Keiko
  Kofi Lea Luca Maja Marek Nadia Nils Olga Omar Paula Pedro Quinn Rania Ravi Sofia Stefan Tara Tomas Uma Viktor Yara`.split(
    /\s+/,
  );
const LAST =
  `Abara Almeida Anders Bakker Bianchi Castro Celik Dubois Ekström Fischer Fontaine Gruber Haddad Hansen Horvat
  Ibarra Ivanova Jansen Jensen Kaya Keller Kovac Kumar Laurent Lindqvist Lopez Mancini Mbeki Meyer Mori Moreau Nakano
  Novak Okafor Olsen Ortiz Papadakis Petrov Popescu Ramos Rossi Santos Sato Silva Tanaka Torres Vidal Vogel Wolff
  Zhang`.split(/\s+/);

/** An invented film title, different for each index; `key` shuffles which index gets which. */
export function filmTitle(index: number, key: number): string {
  const [adjective, noun, round] = combination(index, ADJECTIVES, NOUNS, key);
  return `The ${adjective} ${noun}${round > 1 ? ` ${round}` : ""}`;
}

/** An invented person's name, different for each index. */
export function memberName(index: number, key: number): string {
  const [first, last, round] = combination(index, FIRST, LAST, key);
  return `${first} ${last}${round > 1 ? ` ${round}` : ""}`;
}

function combination(
  index: number,
  left: readonly string[],
  right: readonly string[],
  key: number,
): [left: string, right: string, round: number] {
  const all = left.length * right.length;
  const place = permute(index % all, all, key);
  const [a, b] = [left[Math.floor(place / right.length)], right[place % right.length]];
  return [a ?? "", b ?? "", Math.floor(index / all) + 1];
}
